-- What is wrong enough to be told at once.

-- name: read_measures
-- What alerts are judged by. Contradictions are sought among the messages of a day only, so that the
-- look stays cheap; the books of a report look at all of them.
SELECT (SELECT count(*)
          FROM failures_between(%(hour_ago)s::timestamptz, %(now)s::timestamptz)) AS failed_in_hour,
       (SELECT coalesce(sum(messages), 0)::bigint
          FROM sent_per_minute
         WHERE begins_at >= %(hour_ago)s::timestamptz) AS sent_in_hour,
       (SELECT count(DISTINCT message_id)
          FROM message_event
         WHERE received_at >= %(day_ago)s::timestamptz
           AND status IN ('rejected', 'undelivered', 'bounced', 'complained')
           AND status = 'complained') AS complaints_in_day,
       (SELECT coalesce(sum(messages), 0)::bigint
          FROM sent_per_hour
         WHERE begins_at >= %(day_ago)s::timestamptz
           AND channel = 'email') AS emails_in_day,
       (SELECT count(*)
          FROM dead_letter
         WHERE received_at >= %(hour_ago)s::timestamptz) AS dead_letters_in_hour,
       (SELECT count(*)
          FROM message AS m
          LEFT JOIN message_state AS s USING (message_id)
          LEFT JOIN dispatch AS d USING (message_id)
         WHERE m.created_at >= %(day_ago)s::timestamptz
           AND (s.message_id IS NULL
                OR (s.status <= 'sending' AND d.message_id IS NULL)
                OR (s.status > 'sending' AND s.status < 'sent' AND d.message_id IS NOT NULL)))
           AS contradictions;

-- name: follow_alerts
-- Open an alert where a threshold is exceeded and none is open, and close those that are over.
WITH finding AS (
    SELECT *
      FROM unnest(%(kinds)s::text[], %(values)s::float8[], %(thresholds)s::float8[],
                  %(are_exceeded)s::boolean[]) AS found (kind, value, threshold, is_exceeded)
), closed AS (
    UPDATE alert
       SET closed_at = %(now)s::timestamptz
      FROM finding
     WHERE finding.kind = alert.kind
       AND NOT finding.is_exceeded
       AND alert.closed_at IS NULL
)
INSERT INTO alert (alert_id, kind, value, threshold, opened_at)
SELECT gen_random_uuid(), kind, value, threshold, %(now)s::timestamptz
  FROM finding
 WHERE is_exceeded
ON CONFLICT (kind) WHERE closed_at IS NULL DO NOTHING;

-- name: claim_untold_alerts
-- Whoever gets a row tells of it: that it began, or that it is over.
UPDATE alert
   SET claimed_until = %(claimed_until)s::timestamptz
 WHERE alert_id IN (
           SELECT alert_id
             FROM alert
            WHERE (told_at IS NULL OR (closed_at IS NOT NULL AND told_end_at IS NULL))
              AND (claimed_until IS NULL OR claimed_until < %(now)s::timestamptz)
            ORDER BY opened_at
              FOR UPDATE SKIP LOCKED
       )
RETURNING alert_id, kind, value, threshold, opened_at, closed_at;

-- name: mark_alert_told
UPDATE alert
   SET told_at = coalesce(told_at, %(now)s::timestamptz),
       told_end_at = CASE WHEN %(is_over)s::boolean THEN %(now)s::timestamptz END,
       claimed_until = NULL
 WHERE alert_id = %(alert_id)s::uuid;
