-- What the queues gave up.

-- name: keep_dead_letter
-- Keep the letter, once; and give up those of its messages that no sender has begun. Those begun
-- may be with the provider, and those put off to a later time were looked at and are well: the
-- sweeper has both in hand.
WITH kept AS (
    INSERT INTO dead_letter (dead_letter_id, queue, sqs_message_id, body, reason, received_at)
    VALUES (%(dead_letter_id)s::uuid, %(queue)s::text, %(sqs_message_id)s::text, %(body)s::text,
            %(reason)s::text, %(now)s::timestamptz)
    ON CONFLICT ON CONSTRAINT dead_letter_is_kept_once DO NOTHING
    RETURNING dead_letter_id
), unbegun AS (
    SELECT d.message_id
      FROM dispatch AS d
     WHERE d.message_id = ANY (%(message_ids)s::uuid[])
       AND d.begun_at IS NULL
       AND d.due_at <= %(now)s::timestamptz
       AND EXISTS (SELECT FROM kept) -- a repeat must not undo a redrive
     ORDER BY d.message_id
       FOR UPDATE
), dropped AS (
    DELETE FROM dispatch AS d
     USING unbegun
     WHERE d.message_id = unbegun.message_id
    RETURNING d.message_id
)
UPDATE message_state AS s
   SET status = 'failed',
       failed_at = %(now)s::timestamptz,
       cause = %(cause)s::text,
       cause_detail = %(reason)s::text
  FROM dropped
 WHERE s.message_id = dropped.message_id
   AND s.status < 'failed'
RETURNING s.message_id;

-- name: latest_letters
-- The letters of a queue, or of all, the latest first: ids begin with their time.
SELECT dead_letter_id, queue, sqs_message_id, body, reason, received_at, sent_back_at
  FROM dead_letter
 WHERE (%(queue)s::text IS NULL OR queue = %(queue)s::text)
 ORDER BY dead_letter_id DESC
 LIMIT %(most)s::integer;

-- name: letter_by_id
-- One letter, whole.
SELECT dead_letter_id, queue, sqs_message_id, body, reason, received_at, sent_back_at
  FROM dead_letter
 WHERE dead_letter_id = %(dead_letter_id)s::uuid;

-- name: mark_sent_back
-- Note that a letter is on its queue once more.
UPDATE dead_letter
   SET sent_back_at = %(now)s::timestamptz
 WHERE dead_letter_id = %(dead_letter_id)s::uuid
   AND sent_back_at IS NULL;
