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
