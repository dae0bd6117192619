-- What the sweeper does for messages no sender looks at. Each statement takes at most `most` rows
-- and skips those someone else has locked, so two sweepers at once share the work. What was found is
-- given on as a whole array: so the index is descended once a row, where a join reads the table.

-- name: settle_by_events
-- What was begun, never recorded, and then proved sent by the provider's own event: done.
WITH settled AS (
    SELECT d.message_id
      FROM dispatch AS d
      JOIN message_state AS s USING (message_id)
     WHERE d.begun_at IS NOT NULL
       AND s.status >= 'sent'
     ORDER BY d.begun_at
     LIMIT %(most)s::integer
       FOR UPDATE OF d SKIP LOCKED
)
DELETE FROM dispatch
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM settled))
RETURNING message_id;

-- name: retry_unconfirmed
-- Begin once more what no event settled in time, where the message asked for that. Silence is proof
-- only while events of the channel do arrive: one that occurred after the attempt must have come
-- (opens and clicks, which carry no status, may come by another way and prove nothing). An event's
-- key begins with its time in ms, so the search reads the index from the newest event back.
WITH oldest AS (
    SELECT min(begun_at) AS begun_at
      FROM dispatch
     WHERE channel = %(channel)s::channel
       AND begun_at < %(before)s::timestamptz
), alive AS (
    SELECT e.occurred_at
      FROM oldest AS o
     CROSS JOIN LATERAL (
         SELECT occurred_at
           FROM message_event
          WHERE event_key >= (lpad(to_hex((extract(epoch FROM o.begun_at) * 1000)::bigint), 12, '0')
                              || repeat('0', 20))::uuid
            AND occurred_at >= o.begun_at
            AND channel = %(channel)s::channel
            AND status IS NOT NULL
          ORDER BY event_key DESC
          LIMIT 1
     ) AS e
), doubtful AS (
    SELECT d.message_id
      FROM dispatch AS d
      JOIN message_state AS s USING (message_id)
     WHERE d.channel = %(channel)s::channel
       AND d.begun_at < %(before)s::timestamptz
       AND d.begun_at < (SELECT occurred_at FROM alive)
       AND d.on_unconfirmed = 'retry'
       AND d.attempts < %(most_attempts)s::smallint
       AND s.status < 'sent'
     ORDER BY d.begun_at
     LIMIT %(most)s::integer
       FOR UPDATE OF d SKIP LOCKED
)
UPDATE dispatch
   SET due_at = %(now)s::timestamptz,
       enqueued_at = NULL, claim_id = NULL, claimed_until = NULL, attempt_id = NULL, begun_at = NULL
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM doubtful))
RETURNING message_id;

-- name: hold_unconfirmed
-- Leave to a person what no event settled in time, where the message asked for that or its attempts
-- are used up.
WITH doubtful AS (
    SELECT d.message_id
      FROM dispatch AS d
      JOIN message_state AS s USING (message_id)
     WHERE d.channel = %(channel)s::channel
       AND d.begun_at < %(before)s::timestamptz
       AND (d.on_unconfirmed = 'hold' OR d.attempts >= %(most_attempts)s::smallint)
       AND s.status < 'sent'
     ORDER BY d.begun_at
     LIMIT %(most)s::integer
       FOR UPDATE OF d SKIP LOCKED
), dropped AS (
    DELETE FROM dispatch
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM doubtful))
    RETURNING message_id
)
UPDATE message_state
   SET status = 'unconfirmed',
       failed_at = %(now)s::timestamptz,
       cause = %(cause)s::text,
       cause_detail = 'the answer to the call was lost, and no event told what came of it'
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM dropped))
   AND status < 'unconfirmed'
RETURNING message_id;

-- name: expire_messages
-- Give up what was not begun within its time to live.
WITH expiring AS (
    SELECT message_id
      FROM dispatch
     WHERE expires_at <= %(now)s::timestamptz
       AND begun_at IS NULL
     ORDER BY expires_at
     LIMIT %(most)s::integer
       FOR UPDATE SKIP LOCKED
), dropped AS (
    DELETE FROM dispatch
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM expiring))
    RETURNING message_id
)
UPDATE message_state
   SET status = 'expired',
       failed_at = %(now)s::timestamptz,
       cause = %(cause)s::text,
       cause_detail = NULL
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM dropped))
   AND status < 'expired'
RETURNING message_id;

-- name: free_expired_claims
-- A sender, or a sweeper between marking and enqueuing, that died before it began anything.
WITH forsaken AS (
    SELECT message_id
      FROM dispatch
     WHERE claimed_until < %(now)s::timestamptz
       AND begun_at IS NULL
     ORDER BY claimed_until
     LIMIT %(most)s::integer
       FOR UPDATE SKIP LOCKED
)
UPDATE dispatch
   SET enqueued_at = NULL, claim_id = NULL, claimed_until = NULL
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM forsaken))
RETURNING message_id;

-- name: free_stale
-- What has been on a queue for so long that its chunk must be lost.
WITH stale AS (
    SELECT message_id
      FROM dispatch
     WHERE enqueued_at < %(before)s::timestamptz
       AND begun_at IS NULL
     ORDER BY enqueued_at
     LIMIT %(most)s::integer
       FOR UPDATE SKIP LOCKED
)
UPDATE dispatch
   SET enqueued_at = NULL, claim_id = NULL, claimed_until = NULL
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM stale))
RETURNING message_id;

-- name: take_due
-- Mark what is due of the channel as enqueued, and claim it until the queues have it: should the
-- sweeper die in between, the claim expires and nothing is lost. A sender may take the claim over
-- meanwhile. Whether its group is paused or stopped, the sender looks at; a paused one's messages
-- come here once and are then held.
WITH due AS (
    SELECT message_id
      FROM dispatch
     WHERE channel = %(channel)s::channel
       AND enqueued_at IS NULL
       AND begun_at IS NULL
       AND NOT is_held
       AND due_at <= %(now)s::timestamptz
     ORDER BY due_at
     LIMIT %(most)s::integer
       FOR UPDATE SKIP LOCKED
), taken AS (
    UPDATE dispatch
       SET enqueued_at = %(now)s::timestamptz,
           claim_id = %(claim_id)s::uuid,
           claimed_until = %(claimed_until)s::timestamptz
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM due))
    RETURNING message_id, kind, units, due_at
), queued AS (
    UPDATE message_state
       SET status = 'queued'
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM taken))
       AND status < 'queued'
)
SELECT message_id, kind, units
  FROM taken
 ORDER BY kind, due_at, message_id;

-- name: confirm_enqueued
-- Give back the claims of `take_due`: the queue has these messages, or refused them.
WITH held AS (
    SELECT message_id
      FROM dispatch
     WHERE message_id = ANY (%(message_ids)s::uuid[])
       AND claim_id = %(claim_id)s::uuid
       AND begun_at IS NULL
     ORDER BY message_id
       FOR UPDATE
)
UPDATE dispatch
   SET enqueued_at = CASE WHEN message_id = ANY (%(refused)s::uuid[]) THEN NULL
                          ELSE enqueued_at END,
       claim_id = NULL, claimed_until = NULL
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM held));

-- name: prepare_event_partitions
-- Keep the coming months' partitions of the events ready.
SELECT create_message_event_partitions(%(now)s::timestamptz, %(months)s::integer);

-- name: resend_texts
-- Put up, once, to be sent once more: a text that its carrier or phone could not be reached for,
-- said for the last time since then. Its status stays what events say of it; a later delivery
-- overrules the failure.
WITH failed AS (
    SELECT e.message_id, min(e.received_at) AS received_at
      FROM message_event AS e
     WHERE e.received_at >= %(since)s::timestamptz
       AND e.status IN ('rejected', 'undelivered', 'bounced', 'complained') -- as its index says
       AND e.event_type = ANY (%(event_types)s::text[])
       AND e.is_final
       AND e.message_id IS NOT NULL
     GROUP BY e.message_id
), again AS (
    SELECT s.message_id, f.received_at
      FROM failed AS f
      JOIN message_state AS s USING (message_id)
      JOIN message AS m USING (message_id)
      JOIN message_group AS g ON g.group_id = m.group_id
     WHERE s.channel = 'text'
       AND s.status = 'undelivered'
       AND s.resent_at IS NULL
       AND g.state = 'active'
       AND (m.expires_at IS NULL OR m.expires_at > %(now)s::timestamptz + %(delay)s::interval)
     ORDER BY s.message_id
     LIMIT %(most)s::integer
       FOR UPDATE OF s SKIP LOCKED
), marked AS (
    UPDATE message_state AS s
       SET resent_at = %(now)s::timestamptz
      FROM again
     WHERE s.message_id = again.message_id
    RETURNING s.message_id, s.attempts, again.received_at
)
INSERT INTO dispatch (message_id, group_id, channel, kind, units, due_at, expires_at,
                      on_unconfirmed, attempts, is_resend)
SELECT m.message_id, m.group_id, m.channel, m.kind, greatest(m.segments, 1::smallint),
       marked.received_at + %(delay)s::interval, m.expires_at, 'hold', marked.attempts, true
  FROM marked
  JOIN message AS m USING (message_id)
ON CONFLICT (message_id) DO NOTHING
RETURNING message_id;
