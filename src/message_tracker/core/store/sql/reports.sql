-- What the failure report asks and keeps.

-- name: open_periods
-- The periods of a kind that were claimed and never sent, and the last one of all.
SELECT period_start, period_end, sent_at IS NULL AS is_unsent
  FROM report_run
 WHERE kind = %(kind)s::text
   AND (sent_at IS NULL
        OR period_end = (SELECT max(period_end) FROM report_run WHERE kind = %(kind)s::text))
 ORDER BY period_start, period_end;

-- name: claim_period
-- Whoever gets a row back sends the report. A claim that was forsaken is taken over, under the id
-- it had.
INSERT INTO report_run AS run (report_run_id, kind, period_start, period_end, claimed_at)
VALUES (%(report_run_id)s::uuid, %(kind)s::text, %(period_start)s::timestamptz,
        %(period_end)s::timestamptz, %(now)s::timestamptz)
ON CONFLICT ON CONSTRAINT report_run_is_one_per_period DO UPDATE
   SET claimed_at = excluded.claimed_at
 WHERE run.sent_at IS NULL
   AND run.claimed_at < %(forsaken_before)s::timestamptz
RETURNING report_run_id;

-- name: release_period
-- Give a claim back whose report was certainly not sent: whoever asks next may have it at once.
UPDATE report_run
   SET claimed_at = to_timestamp(0)
 WHERE report_run_id = %(report_run_id)s::uuid
   AND sent_at IS NULL;

-- name: mark_report_sent
UPDATE report_run
   SET sent_at = %(sent_at)s::timestamptz,
       failures = %(failures)s::integer,
       accepted = %(accepted)s::integer,
       object_key = %(object_key)s::text,
       provider_message_id = %(provider_message_id)s::text
 WHERE report_run_id = %(report_run_id)s::uuid
   AND sent_at IS NULL;

-- name: failures_of_period
-- All that failed in a period, in one snapshot: by cause, with examples, and the first ones.
--
-- A message fails when we learn it: when the event that says so came in (not when it happened), or
-- when we gave up ourselves. It counts once, for the worst that was told in the period, and only if
-- it still stands as failed: what was delivered after all, or revived by a redrive, is no failure.
-- Test messages are left out.
WITH told AS (
    SELECT message_id, status, coalesce(cause, event_type) AS cause, occurred_at AS failed_at
      FROM message_event
     WHERE received_at >= %(period_start)s::timestamptz
       AND received_at < %(period_end)s::timestamptz
       AND status IN ('rejected', 'undelivered', 'bounced', 'complained')
), given_up AS (
    SELECT message_id, status, coalesce(cause, status::text) AS cause, failed_at
      FROM message_state
     WHERE failed_at >= %(period_start)s::timestamptz
       AND failed_at < %(period_end)s::timestamptz
       AND status IN ('expired', 'suppressed', 'failed', 'unconfirmed')
), failure AS MATERIALIZED (
    SELECT DISTINCT ON (f.message_id)
           f.message_id, f.status, f.cause, f.failed_at, m.channel, m.recipient,
           coalesce(g.name, g.group_id::text) AS group_name,
           CASE WHEN s.status = f.status THEN s.cause_detail END AS detail
      FROM (SELECT * FROM told WHERE message_id IS NOT NULL
             UNION ALL
            SELECT * FROM given_up) AS f
      JOIN message_state AS s USING (message_id)
      JOIN message AS m USING (message_id)
      JOIN message_group AS g ON g.group_id = m.group_id
     WHERE s.status >= f.status
       AND NOT m.is_test
       AND s.status IN ('expired', 'suppressed', 'failed', 'unconfirmed',
                        'rejected', 'undelivered', 'bounced', 'complained')
     ORDER BY f.message_id, f.status DESC, f.failed_at
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY cause ORDER BY failed_at, message_id) AS number
      FROM failure
), in_group AS (
    SELECT cause, group_name, count(*) AS count,
           row_number() OVER (PARTITION BY cause ORDER BY count(*) DESC, group_name) AS number
      FROM failure
     GROUP BY cause, group_name
), in_groups AS (
    SELECT cause,
           jsonb_agg(jsonb_build_object('group', group_name, 'count', count) ORDER BY number)
               AS groups
      FROM in_group
     WHERE number <= 3
     GROUP BY cause
), by_cause AS (
    SELECT cause,
           count(*) AS count,
           min(failed_at) AS first_at,
           max(failed_at) AS last_at,
           array_agg(DISTINCT channel) AS channels,
           array_agg(recipient ORDER BY number) FILTER (WHERE number <= 3) AS recipients,
           (array_agg(detail ORDER BY number) FILTER (WHERE detail <> '' AND number <= 100))[1]
               AS detail
      FROM numbered
     GROUP BY cause
), listed AS (
    SELECT message_id, failed_at, channel, status, cause, group_name AS "group", recipient
      FROM failure
     ORDER BY failed_at, message_id
     LIMIT %(most_listed)s::integer
)
SELECT (SELECT count(*)
          FROM message
         WHERE created_at >= %(period_start)s::timestamptz
           AND created_at < %(period_end)s::timestamptz
           AND NOT is_test) AS accepted,
       (SELECT count(*) FROM told WHERE message_id IS NULL) AS unmatched,
       (SELECT count(*)
          FROM dead_letter
         WHERE received_at >= %(period_start)s::timestamptz
           AND received_at < %(period_end)s::timestamptz) AS dead_letters,
       (SELECT coalesce(jsonb_agg(to_jsonb(c) || jsonb_build_object('groups', g.groups)), '[]')
          FROM by_cause AS c
          JOIN in_groups AS g USING (cause)) AS causes,
       (SELECT coalesce(jsonb_agg(to_jsonb(listed) ORDER BY failed_at, message_id), '[]')
          FROM listed) AS listed;
