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
-- All that failed in a period, in one snapshot: by cause, with where and with examples, beside the
-- period before. A country is told by the first digits of a number, so those are counted.
WITH failure AS MATERIALIZED (
    SELECT f.*, coalesce(g.name, g.group_id::text) AS group_name
      FROM failures_between(%(period_start)s::timestamptz, %(period_end)s::timestamptz) AS f
      JOIN message_group AS g USING (group_id)
), before AS MATERIALIZED (
    SELECT cause, count(*) AS count
      FROM failures_between(%(previous_start)s::timestamptz, %(period_start)s::timestamptz)
     GROUP BY cause
), numbered AS (
    SELECT *, row_number() OVER (PARTITION BY cause ORDER BY failed_at, message_id) AS number
      FROM failure
), place AS (
    SELECT cause, kind, name, count(*) AS count, min(recipient) AS example,
           row_number() OVER (PARTITION BY cause, kind ORDER BY count(*) DESC, name) AS number
      FROM failure
     CROSS JOIN LATERAL (
         VALUES ('group', group_name),
                ('carrier', nullif(carrier, '')),
                ('domain', CASE channel WHEN 'email' THEN lower(substring(recipient FROM '[^@]*$')) END),
                ('prefix', CASE channel WHEN 'text' THEN left(recipient, 5) END)
     ) AS is_at (kind, name)
     WHERE name IS NOT NULL
     GROUP BY cause, kind, name
), places AS (
    SELECT cause,
           jsonb_agg(jsonb_build_object('name', name, 'count', count) ORDER BY number)
               FILTER (WHERE kind = 'group' AND number <= 3) AS groups,
           jsonb_agg(jsonb_build_object('name', name, 'count', count) ORDER BY number)
               FILTER (WHERE kind = 'carrier' AND number <= 3) AS carriers,
           jsonb_agg(jsonb_build_object('name', name, 'count', count) ORDER BY number)
               FILTER (WHERE kind = 'domain' AND number <= 3) AS domains,
           jsonb_agg(jsonb_build_object('example', example, 'count', count) ORDER BY number)
               FILTER (WHERE kind = 'prefix' AND number <= 300) AS numbers
      FROM place
     GROUP BY cause
), by_cause AS (
    SELECT cause,
           count(*) AS count,
           min(failed_at) AS first_at,
           max(failed_at) AS last_at,
           bool_and(status IN ('expired', 'failed', 'unconfirmed')) AS is_redrivable,
           array_agg(DISTINCT channel) AS channels,
           array_agg(recipient ORDER BY number) FILTER (WHERE number <= 3) AS recipients,
           (array_agg(detail ORDER BY number) FILTER (WHERE detail <> '' AND number <= 100))[1]
               AS detail
      FROM numbered
     GROUP BY cause
)
SELECT (SELECT count(*)
          FROM message
         WHERE created_at >= %(period_start)s::timestamptz
           AND created_at < %(period_end)s::timestamptz
           AND NOT is_test) AS accepted,
       (SELECT count(*)
          FROM message_event
         WHERE received_at >= %(period_start)s::timestamptz
           AND received_at < %(period_end)s::timestamptz
           AND status IN ('rejected', 'undelivered', 'bounced', 'complained')
           AND message_id IS NULL) AS unmatched,
       (SELECT count(*)
          FROM dead_letter
         WHERE received_at >= %(period_start)s::timestamptz
           AND received_at < %(period_end)s::timestamptz) AS dead_letters,
       (SELECT coalesce(sum(count), 0)::bigint FROM before) AS failures_before,
       (SELECT coalesce(jsonb_agg(
                   to_jsonb(c) || jsonb_build_object(
                       'count_before', coalesce(b.count, 0),
                       'groups', coalesce(p.groups, '[]'),
                       'carriers', coalesce(p.carriers, '[]'),
                       'domains', coalesce(p.domains, '[]'),
                       'numbers', coalesce(p.numbers, '[]')
                   )), '[]')
          FROM by_cause AS c
          JOIN places AS p USING (cause)
          LEFT JOIN before AS b USING (cause)) AS causes;

-- name: list_failures
-- The failures of a period one by one, for the list that goes with its report.
SELECT f.message_id, f.failed_at, f.channel, f.status, f.cause,
       coalesce(g.name, g.group_id::text) AS "group", f.recipient
  FROM failures_between(%(period_start)s::timestamptz, %(period_end)s::timestamptz) AS f
  JOIN message_group AS g USING (group_id)
 ORDER BY f.failed_at, f.message_id;

-- name: read_situation
-- What a person should know beside the failures: what waits, what was held back, and where sending
-- stands still. A channel was held back while any sender's messages were: their stretches are joined;
-- none is longer than an invocation, of 15 minutes at most.
WITH held AS (
    SELECT channel,
           sum(calls) FILTER (WHERE began_at >= %(period_start)s::timestamptz) AS calls,
           range_agg(tstzrange(greatest(began_at, %(period_start)s::timestamptz),
                               least(ended_at, %(period_end)s::timestamptz))) AS stretches
      FROM throttling
     WHERE began_at >= %(period_start)s::timestamptz - interval '15 minutes'
       AND began_at < %(period_end)s::timestamptz
       AND ended_at >= %(period_start)s::timestamptz
     GROUP BY channel
)
SELECT (SELECT count(*)
          FROM dispatch
         WHERE due_at < %(overdue_before)s::timestamptz
           AND NOT is_held) AS overdue,
       (SELECT count(*)
          FROM suppression_change
         WHERE changed_at >= %(period_start)s::timestamptz
           AND changed_at < %(period_end)s::timestamptz
           AND change = 'added') AS suppressed,
       (SELECT coalesce(sum(quarantined), 0)::bigint
          FROM event_object
         WHERE first_read_at >= %(period_start)s::timestamptz
           AND first_read_at < %(period_end)s::timestamptz) AS quarantined,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'channel', channel, 'calls', coalesce(calls, 0),
                   'seconds', (SELECT coalesce(extract(epoch FROM sum(upper(one) - lower(one))), 0)
                                 FROM unnest(stretches) AS one)
               ) ORDER BY channel), '[]')
          FROM held) AS held_back,
       (SELECT coalesce(jsonb_agg(jsonb_build_object(
                   'channel', channel, 'cause', cause, 'opened_at', opened_at
               ) ORDER BY channel), '[]')
          FROM circuit) AS circuits;

-- name: list_sent_reports
-- A page of the reports that were sent, behind the one named, the latest period first.
SELECT report_run_id AS report_id, kind, period_start, period_end, sent_at, failures, accepted,
       object_key
  FROM report_run
 WHERE sent_at IS NOT NULL
   AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
   AND (%(after)s::uuid IS NULL
        OR (period_end, report_run_id) < (SELECT period_end, report_run_id
                                            FROM report_run
                                           WHERE report_run_id = %(after)s::uuid))
 ORDER BY period_end DESC, report_run_id DESC
 LIMIT %(most)s::integer;

-- name: find_sent_report
SELECT report_run_id AS report_id, kind, period_start, period_end, sent_at, failures, accepted,
       object_key
  FROM report_run
 WHERE report_run_id = %(report_id)s::uuid
   AND sent_at IS NOT NULL;
