-- Counting days, each once, and again when more was told of it.

-- name: events_counted_until
-- Since when events were not looked at yet, of the days that may still be corrected; NULL if no day
-- is counted. Who stores an event commits it after its time: so a little is looked at twice.
SELECT min(events_until) - %(margin)s::interval AS since
  FROM daily_run
 WHERE day >= %(first_day)s::date
   AND counted_at IS NOT NULL;

-- name: mark_late_days
-- Mark the counted days of whose messages events were received since they were counted, or of which
-- messages still waited then; of the others it is known that nothing is missing until now.
--
-- An event is of the day of its message, and of its own: a message's first event may come while it
-- is still taken for foreign mail. Foreign mail is of the day of its Send event, of which it counts
-- what happened within seven days: that event is looked for among those received lately, unless this
-- one comes so late, as by a replay, that all seven days are marked. All is found by the time of
-- receipt, which has an index of its own, so this reads what came since the last look.
WITH received AS (
    SELECT said.at, event.received_at
      FROM message_event AS event
      JOIN message USING (message_id)
     CROSS JOIN LATERAL (VALUES (message.created_at), (event.occurred_at)) AS said (at)
     WHERE event.received_at >= %(since)s::timestamptz
     UNION ALL
    SELECT sent.occurred_at, event.received_at
      FROM message_event AS event
      JOIN message_event AS sent USING (provider_message_id)
     WHERE event.received_at >= %(since)s::timestamptz
       AND event.message_id IS NULL
       AND event.provider_message_id IS NOT NULL
       AND sent.received_at >= %(since)s::timestamptz - interval '8 days'
       AND sent.message_id IS NULL
       AND sent.provider_message_id IS NOT NULL
       AND sent.status = 'sent'
     UNION ALL
    SELECT event.occurred_at - n * interval '1 day', event.received_at
      FROM message_event AS event
     CROSS JOIN generate_series(0, 7) AS n
     WHERE event.received_at >= %(since)s::timestamptz
       AND event.message_id IS NULL
       AND event.provider_message_id IS NOT NULL
       AND event.occurred_at < event.received_at - interval '1 day'
), late AS (
    SELECT (at AT TIME ZONE 'UTC')::date AS day, max(received_at) AS received_at
      FROM received
     WHERE at >= %(first_day)s::date::timestamp AT TIME ZONE 'UTC'
     GROUP BY 1
)
UPDATE daily_run AS run
   SET is_late = run.is_late
              OR coalesce(late.received_at >= run.events_until - %(margin)s::interval, false)
              OR EXISTS (SELECT FROM daily_count WHERE day = run.day AND waiting > 0),
       events_until = now()
  FROM daily_run AS known
  LEFT JOIN late USING (day)
 WHERE run.day = known.day
   AND known.day >= %(first_day)s::date
   AND known.counted_at IS NOT NULL;

-- name: claim_day
-- Claim a day that is over and not counted, or late: the latest one, since the first message. A late
-- day is counted again after as long as it was old when it was counted, and after a day at most:
-- soon while much still comes, and seldom later. Days before `first_day` are not corrected, since
-- what counts them may be let go of.
WITH due AS (
    SELECT day
      FROM (SELECT day::date AS day
              FROM generate_series(
                       least((SELECT min(created_at) FROM message) AT TIME ZONE 'UTC',
                             (SELECT min(day) FROM daily_run), %(today)s::date - 1)::date,
                       %(today)s::date - 1, interval '1 day') AS day) AS past
      LEFT JOIN daily_run AS run USING (day)
     WHERE (run.counted_at IS NULL
            OR run.is_late
               AND day >= %(first_day)s::date
               AND %(now)s::timestamptz - run.counted_at
                   >= least(run.counted_at - (day + 1)::timestamp AT TIME ZONE 'UTC', '1 day'))
       AND coalesce(run.claimed_until, '-infinity') <= %(now)s::timestamptz
     ORDER BY day DESC
     LIMIT 1
)
INSERT INTO daily_run AS run (day, claimed_until)
SELECT day, %(claimed_until)s::timestamptz
  FROM due
ON CONFLICT (day) DO UPDATE
   SET claimed_until = excluded.claimed_until
 WHERE coalesce(run.claimed_until, '-infinity') <= %(now)s::timestamptz
RETURNING day;

-- name: begin_count
-- The first of a transaction that counts a day: what was received before it began is counted.
UPDATE daily_run
   SET counted_at = %(now)s::timestamptz,
       events_until = now(),
       is_late = false,
       claimed_until = NULL
 WHERE day = %(day)s::date;

-- name: drop_counts
DELETE FROM daily_count WHERE day = %(day)s::date;

-- name: keep_counts
-- Count a day as far as events have told by now, and keep that.
INSERT INTO daily_count
SELECT %(day)s::date, counts.*
  FROM counts_between(%(start)s::timestamptz, %(end)s::timestamptz) AS counts;
