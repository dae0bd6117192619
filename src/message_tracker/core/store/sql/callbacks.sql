-- The calls we owe. They are written where events and outcomes are (events.sql, and the trigger of
-- message_state).

-- name: owe_test
-- Owe an endpoint a test, unless there is no such endpoint.
INSERT INTO webhook_delivery (webhook_endpoint_id, callback_id, type, occurred_at, created_at,
                              due_at)
SELECT webhook_endpoint_id, %(callback_id)s::uuid, %(type)s::text, %(now)s::timestamptz,
       %(now)s::timestamptz, %(now)s::timestamptz
  FROM webhook_endpoint
 WHERE webhook_endpoint_id = %(webhook_id)s::uuid
RETURNING callback_id;

-- name: claim_callbacks
-- Take what is due for a while, in turns of the endpoints and of each no more than may be called at
-- once: one where the last answer was bad. Rows that somebody else takes at this moment are skipped.
-- What a callback tells is read here, so that nothing is told of a person who was forgotten.
WITH endpoint AS (
    SELECT webhook_endpoint_id, url, secret,
           CASE WHEN previous_secret_until > %(now)s::timestamptz THEN previous_secret END
               AS previous_secret,
           CASE WHEN failing_since IS NULL THEN %(most_each)s::integer ELSE 1 END
               - (SELECT count(*) FROM webhook_delivery AS d
                   WHERE d.webhook_endpoint_id = e.webhook_endpoint_id
                     AND d.claimed_until > %(now)s::timestamptz) AS room
      FROM webhook_endpoint AS e
     WHERE disabled_at IS NULL
), due AS (
    SELECT e.webhook_endpoint_id, d.callback_id
      FROM endpoint AS e
     CROSS JOIN LATERAL (
         SELECT callback_id, due_at
           FROM webhook_delivery AS d
          WHERE d.webhook_endpoint_id = e.webhook_endpoint_id
            AND d.due_at <= %(now)s::timestamptz
            AND (d.claimed_until IS NULL OR d.claimed_until <= %(now)s::timestamptz)
          ORDER BY d.due_at
          LIMIT greatest(e.room, 0)
            FOR UPDATE SKIP LOCKED
     ) AS d
     ORDER BY row_number() OVER (PARTITION BY e.webhook_endpoint_id ORDER BY d.due_at)
     LIMIT %(most)s::integer
), claimed AS (
    UPDATE webhook_delivery AS d
       SET claim_id = %(claim_id)s::uuid,
           claimed_until = %(claimed_until)s::timestamptz,
           attempts = d.attempts + 1
      FROM due
     WHERE d.webhook_endpoint_id = due.webhook_endpoint_id
       AND d.callback_id = due.callback_id
    RETURNING d.*
)
SELECT c.webhook_endpoint_id, c.callback_id, c.type, c.sequence, c.occurred_at, c.attempts,
       c.message_id, e.url, e.secret, e.previous_secret,
       m.group_id, m.channel, m.kind, m.user_id, m.report_type,
       coalesce(event.is_final, false) AS is_final,
       event.event_type,
       CASE WHEN event.event_type IS NULL THEN substr(c.type, 9)
            ELSE event.status::text END AS status,
       coalesce(event.cause, c.cause) AS cause,
       event_details(event.event_type, event.details, event.effect) AS details
  FROM claimed AS c
  JOIN endpoint AS e USING (webhook_endpoint_id)
  LEFT JOIN LATERAL (
      SELECT * FROM message WHERE message.message_id = c.message_id LIMIT 1
  ) AS m ON true
  LEFT JOIN LATERAL (
      SELECT * FROM message_event
       WHERE message_event.event_key = c.callback_id
         AND message_event.occurred_at = c.occurred_at
       LIMIT 1
  ) AS event ON true;

-- name: record_callbacks
-- Write down what calls came to, and of their endpoints whether they answer. A claim that was lost
-- meanwhile counts no more. Returns the endpoints that are disabled by this.
WITH outcome AS (
    SELECT *
      FROM unnest(
               %(webhook_ids)s::uuid[], %(callback_ids)s::uuid[], %(claim_ids)s::uuid[],
               %(delivered)s::boolean[], %(gone)s::boolean[], %(dues)s::timestamptz[],
               %(answer_statuses)s::smallint[], %(latencies)s::integer[], %(errors)s::text[]
           ) AS o (webhook_endpoint_id, callback_id, claim_id, is_delivered, is_gone, due_at,
                   answer_status, latency_ms, error)
), recorded AS (
    UPDATE webhook_delivery AS d
       SET claim_id = NULL,
           claimed_until = NULL,
           due_at = o.due_at,
           attempted_at = %(now)s::timestamptz,
           delivered_at = CASE WHEN o.is_delivered THEN %(now)s::timestamptz END,
           answer_status = o.answer_status,
           latency_ms = o.latency_ms,
           error = o.error
      FROM outcome AS o
     WHERE d.webhook_endpoint_id = o.webhook_endpoint_id
       AND d.callback_id = o.callback_id
       AND d.claim_id = o.claim_id
), answered AS (
    SELECT webhook_endpoint_id, bool_or(is_delivered) AS is_well, bool_or(is_gone) AS is_gone
      FROM outcome
     GROUP BY webhook_endpoint_id
), changing AS (
    SELECT e.webhook_endpoint_id, a.is_well, a.is_gone
      FROM webhook_endpoint AS e
      JOIN answered AS a USING (webhook_endpoint_id)
     WHERE e.disabled_at IS NULL
       AND (a.is_gone
            OR a.is_well = (e.failing_since IS NOT NULL)
            OR (NOT a.is_well AND e.failing_since <= %(before)s::timestamptz))
     ORDER BY e.webhook_endpoint_id
       FOR UPDATE OF e
), changed AS (
    UPDATE webhook_endpoint AS e
       SET failing_since = CASE WHEN NOT c.is_well
                                THEN coalesce(e.failing_since, %(now)s::timestamptz) END,
           disabled_at = CASE WHEN c.is_gone OR (NOT c.is_well
                                                 AND e.failing_since <= %(before)s::timestamptz)
                              THEN %(now)s::timestamptz END,
           disabled_because = CASE
               WHEN c.is_gone THEN 'it answered 410 Gone'
               WHEN NOT c.is_well AND e.failing_since <= %(before)s::timestamptz
               THEN 'it failed for three days without one good answer'
           END
      FROM changing AS c
     WHERE e.webhook_endpoint_id = c.webhook_endpoint_id
    RETURNING e.webhook_endpoint_id, e.disabled_at
)
SELECT webhook_endpoint_id
  FROM changed
 WHERE disabled_at IS NOT NULL;

-- name: deliveries
-- An endpoint's deliveries, the latest first, after the one named last.
SELECT callback_id, sequence, type, message_id, occurred_at, created_at, due_at, attempts,
       attempted_at, delivered_at, answer_status, latency_ms, error
  FROM webhook_delivery
 WHERE webhook_endpoint_id = %(webhook_id)s::uuid
   AND callback_id < coalesce(%(before)s::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
 ORDER BY callback_id DESC
 LIMIT %(most)s::integer;

-- name: replay_delivery
-- Owe a delivery once more, whatever came of it.
UPDATE webhook_delivery
   SET due_at = %(now)s::timestamptz, attempts = 0, delivered_at = NULL
 WHERE webhook_endpoint_id = %(webhook_id)s::uuid
   AND callback_id = %(callback_id)s::uuid
   AND (claimed_until IS NULL OR claimed_until <= %(now)s::timestamptz)
RETURNING callback_id;

-- name: replay_deliveries
-- Owe once more what was written since then and given up, or all that is not owed anyway. At most
-- so many, the oldest first: what is owed again is not found again, so that a repeat goes on.
WITH chosen AS (
    SELECT callback_id
      FROM webhook_delivery
     WHERE webhook_endpoint_id = %(webhook_id)s::uuid
       AND created_at >= %(since)s::timestamptz
       AND due_at IS NULL
       AND (%(with_delivered)s::boolean OR delivered_at IS NULL)
     ORDER BY callback_id
     LIMIT %(most)s::integer
       FOR UPDATE SKIP LOCKED
)
UPDATE webhook_delivery AS d
   SET due_at = %(now)s::timestamptz, attempts = 0, delivered_at = NULL
  FROM chosen
 WHERE d.webhook_endpoint_id = %(webhook_id)s::uuid
   AND d.callback_id = chosen.callback_id
RETURNING d.callback_id;

-- name: forget_deliveries
-- Delete some of what was written before then, whatever came of it.
WITH old AS (
    SELECT webhook_endpoint_id, callback_id
      FROM webhook_delivery
     WHERE created_at < %(before)s::timestamptz
     LIMIT %(most)s::integer
       FOR UPDATE SKIP LOCKED
)
DELETE FROM webhook_delivery AS d
 USING old
 WHERE d.webhook_endpoint_id = old.webhook_endpoint_id
   AND d.callback_id = old.callback_id
RETURNING d.callback_id;
