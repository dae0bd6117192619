-- What a rebuild asks of the shadow (schema `rebuild`, see scripts/begin_rebuild.sql) and of the
-- tables in use.

-- name: copy_states
-- Give the shadow each message it does not have yet, as it stands without any event: what our own
-- side wrote of it, which is at most that it was sent.
INSERT INTO rebuild.message_state (
           message_id, group_id, channel, status, is_final, attempts, provider_message_id, cause,
           cause_detail, failed_at, sent_at, resent_at, redriven_at
       )
SELECT message_id, group_id, channel, least(status, 'sent'), is_final AND status < 'sent', attempts,
       provider_message_id, CASE WHEN status < 'sent' THEN cause END,
       CASE WHEN status < 'sent' THEN cause_detail END,
       CASE WHEN status < 'sent' THEN failed_at END, sent_at, resent_at, redriven_at
  FROM public.message_state
 WHERE NOT EXISTS (SELECT FROM rebuild.message_state AS shadow
                    WHERE shadow.message_id = message_state.message_id);

-- name: copy_suppressions
-- Give the shadow what people decided, and what events told before `since`: of those that happened
-- since, the archive tells again.
INSERT INTO rebuild.suppression
SELECT * FROM public.suppression
 WHERE reason NOT IN ('BOUNCE', 'COMPLAINT')
    OR created_at < %(since)s::timestamptz;

-- name: events_to_carry
-- Of the events that happened before `since`, or came in after the shadow was begun, the next that
-- the shadow does not have as well, as a JSON array of DeliveryEvent. NULL if there are none.
WITH carried AS (
    SELECT event.event_key, event.occurred_at, event.message_id, event.provider_message_id,
           event.channel, event.event_type AS type_name, event.status, event.is_final, event.cause,
           event_details(event.event_type, event.details, event.effect) AS details,
           'UNKNOWN' AS event_type, NULL AS attempt_id,
           CASE WHEN event.recipient IS NULL THEN '[]'::jsonb
                ELSE jsonb_build_array(event.recipient) END AS recipients
      FROM public.message_event AS event
     WHERE (event.occurred_at < %(since)s::timestamptz
            OR event.received_at >= (SELECT begun_at FROM rebuild.begun))
       AND NOT EXISTS (SELECT FROM rebuild.message_event AS shadow
                        WHERE shadow.event_key = event.event_key
                          AND shadow.occurred_at = event.occurred_at
                          AND (shadow.message_id IS NOT NULL
                               OR event.message_id IS NULL
                               OR NOT EXISTS (SELECT FROM rebuild.message_state AS state
                                               WHERE state.message_id = event.message_id)))
     LIMIT %(most)s::integer
)
SELECT jsonb_agg(to_jsonb(carried))::text AS events
  FROM carried;

-- name: keep_received_at
-- An event that was known is not received anew: reports would tell of it once more.
UPDATE rebuild.message_event AS shadow
   SET received_at = event.received_at
  FROM public.message_event AS event
 WHERE event.event_key = shadow.event_key
   AND event.occurred_at = shadow.occurred_at
   AND event.received_at < shadow.received_at;

-- name: keep_provider_ids
-- A stored event that knows its message no longer has the provider's id, which the sender may have
-- recorded, or the event brought, after the copy.
UPDATE rebuild.message_state AS shadow
   SET provider_message_id = state.provider_message_id
  FROM public.message_state AS state
 WHERE state.message_id = shadow.message_id
   AND shadow.provider_message_id IS NULL
   AND state.provider_message_id IS NOT NULL;

-- name: event_differences
-- How many events are the same in the tables and the shadow, differ, or stand in one only.
SELECT count(*) FILTER (WHERE known.event_key IS NOT NULL AND shadow.event_key IS NOT NULL
                          AND NOT is_other) AS same,
       count(*) FILTER (WHERE known.event_key IS NOT NULL AND shadow.event_key IS NOT NULL
                          AND is_other) AS changed,
       count(*) FILTER (WHERE known.event_key IS NULL) AS added,
       count(*) FILTER (WHERE shadow.event_key IS NULL) AS removed
  FROM public.message_event AS known
  FULL JOIN rebuild.message_event AS shadow
       ON shadow.event_key = known.event_key AND shadow.occurred_at = known.occurred_at
 CROSS JOIN LATERAL (SELECT ROW(known.*) IS DISTINCT FROM ROW(shadow.*) AS is_other) AS compared;

-- name: status_differences
-- How many messages' rows change, by what their status was and becomes.
SELECT state.status AS was, shadow.status AS becomes, count(*) AS messages
  FROM public.message_state AS state
  JOIN rebuild.message_state AS shadow USING (message_id)
 WHERE ROW(state.*) IS DISTINCT FROM ROW(shadow.*)
 GROUP BY state.status, shadow.status
 ORDER BY state.status, shadow.status;

-- name: message_differences
-- The first messages that change, and what of them: each column's value before and after.
SELECT changed.message_id, changed.differences
  FROM (
           SELECT state.message_id,
                  (SELECT jsonb_object_agg(was.key, jsonb_build_array(was.value, becomes.value))
                     FROM jsonb_each(to_jsonb(state)) AS was
                     JOIN jsonb_each(to_jsonb(shadow)) AS becomes USING (key)
                    WHERE was.value <> becomes.value) AS differences
             FROM public.message_state AS state
             JOIN rebuild.message_state AS shadow USING (message_id)
            WHERE ROW(state.*) IS DISTINCT FROM ROW(shadow.*)
            ORDER BY state.message_id
            LIMIT %(most)s::integer
       ) AS changed;

-- name: suppression_differences
-- How many entries of the suppression list the events add, and how many they no longer tell of.
SELECT count(*) FILTER (WHERE known.address IS NULL) AS added,
       count(*) FILTER (WHERE shadow.address IS NULL) AS removed
  FROM public.suppression AS known
  FULL JOIN rebuild.suppression AS shadow
       ON shadow.channel = known.channel AND shadow.address = known.address
      AND shadow.reason = known.reason;
