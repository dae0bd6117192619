-- The analysis of days: what became of the messages accepted in them.

-- name: counted_days
-- Which of these days are counted.
SELECT day
  FROM daily_run
 WHERE day BETWEEN %(first_day)s::date AND %(last_day)s::date
   AND counted_at IS NOT NULL;

-- name: read_days
-- Days by one thing their messages have in common: those that are kept, and those of `live_days`,
-- which are counted now, from each start to its end. A page of lines, behind the one named.
WITH counted AS (
    SELECT day, channel, is_foreign, report_type, group_id, template, network, accepted, waiting,
           not_sent, sent, delivered, delayed, bounced_permanent, bounced_transient,
           bounced_otherwise, complained, opened, clicked, unsubscribed, segments, price,
           carrier_fee, buckets, timed
      FROM daily_count
     WHERE day BETWEEN %(first_day)s::date AND %(last_day)s::date
       AND day <> ALL (%(live_days)s::date[])
     UNION ALL
    SELECT live.day, c.*
      FROM unnest(%(live_days)s::date[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
           AS live (day, starts_at, ends_at)
     CROSS JOIN LATERAL counts_between(live.starts_at, live.ends_at) AS c
), labelled AS (
    SELECT counted.*,
           CASE %(by)s::text
               WHEN 'channel' THEN channel::text
               WHEN 'report_type' THEN report_type
               WHEN 'group' THEN CASE WHEN is_foreign THEN ''
                                      WHEN counted.group_id IS NULL THEN 'other'
                                      ELSE coalesce(g.name, counted.group_id::text) END
               WHEN 'template' THEN template
               WHEN 'origin' THEN CASE WHEN is_foreign THEN 'foreign' ELSE 'ours' END
               ELSE network
           END AS label
      FROM counted
      LEFT JOIN message_group AS g ON g.group_id = counted.group_id
     WHERE CASE %(by)s::text
               WHEN 'mailbox_provider' THEN network IS NOT NULL AND channel = 'email'
               WHEN 'carrier' THEN network IS NOT NULL AND channel = 'text'
               ELSE network IS NULL
           END
), timed AS (
    SELECT day, label, bucket, sum(deliveries) AS deliveries
      FROM labelled
     CROSS JOIN LATERAL unnest(buckets, timed) AS kept (bucket, deliveries)
     GROUP BY day, label, bucket
), ranked AS (
    SELECT day, label, bucket,
           sum(deliveries) OVER (PARTITION BY day, label ORDER BY bucket) AS up_to,
           sum(deliveries) OVER (PARTITION BY day, label) AS whole
      FROM timed
), took AS (
    SELECT day, label,
           seconds_of_bucket(min(bucket) FILTER (WHERE up_to >= 0.5 * whole)) AS p50,
           seconds_of_bucket(min(bucket) FILTER (WHERE up_to >= 0.95 * whole)) AS p95
      FROM ranked
     GROUP BY day, label
), line AS (
    SELECT day, label, sum(accepted)::bigint AS accepted, sum(waiting)::bigint AS waiting,
           sum(not_sent)::bigint AS not_sent, sum(sent)::bigint AS sent,
           sum(delivered)::bigint AS delivered, sum(delayed)::bigint AS delayed,
           sum(bounced_permanent)::bigint AS bounced_permanent,
           sum(bounced_transient)::bigint AS bounced_transient,
           sum(bounced_otherwise)::bigint AS bounced_otherwise,
           sum(complained)::bigint AS complained, sum(opened)::bigint AS opened,
           sum(clicked)::bigint AS clicked, sum(unsubscribed)::bigint AS unsubscribed,
           sum(segments)::bigint AS segments, sum(price) AS price, sum(carrier_fee) AS carrier_fee
      FROM labelled
     GROUP BY day, label
)
SELECT line.*, took.p50, took.p95
  FROM line
  LEFT JOIN took USING (day, label)
 WHERE %(after_day)s::date IS NULL
    OR (day, -accepted, label COLLATE "C")
       > (%(after_day)s::date, -%(after_accepted)s::bigint, %(after_label)s::text COLLATE "C")
 ORDER BY day, accepted DESC, label COLLATE "C"
 LIMIT %(limit)s::integer;

-- name: read_users
-- A day by user, as `read_days`: always counted now, for nothing of a person is kept with the counts.
WITH line AS (
    SELECT coalesce(user_id, '') AS label,
           count(*) AS accepted,
           count(*) FILTER (WHERE status < 'stopped') AS waiting,
           count(*) FILTER (WHERE status >= 'stopped' AND status < 'sent') AS not_sent,
           count(*) FILTER (WHERE status >= 'sent') AS sent,
           count(*) FILTER (WHERE is_delivered) AS delivered,
           count(*) FILTER (WHERE is_delayed) AS delayed,
           count(*) FILTER (WHERE bounce_type = 'Permanent') AS bounced_permanent,
           count(*) FILTER (WHERE bounce_type = 'Transient') AS bounced_transient,
           count(*) FILTER (WHERE bounce_type NOT IN ('Permanent', 'Transient'))
               AS bounced_otherwise,
           count(*) FILTER (WHERE status = 'complained') AS complained,
           count(*) FILTER (WHERE is_opened) AS opened,
           count(*) FILTER (WHERE is_clicked) AS clicked,
           count(*) FILTER (WHERE is_unsubscribed) AS unsubscribed,
           sum(segments) AS segments,
           sum(price) AS price,
           sum(carrier_fee) AS carrier_fee,
           seconds_of_bucket(percentile_disc(0.5) WITHIN GROUP (ORDER BY bucket)) AS p50,
           seconds_of_bucket(percentile_disc(0.95) WITHIN GROUP (ORDER BY bucket)) AS p95
      FROM outcomes_between(%(start)s::timestamptz, %(end)s::timestamptz)
     GROUP BY 1
)
SELECT %(day)s::date AS day, line.*
  FROM line
 WHERE %(after_label)s::text IS NULL
    OR (-accepted, label COLLATE "C")
       > (-%(after_accepted)s::bigint, %(after_label)s::text COLLATE "C")
 ORDER BY accepted DESC, label COLLATE "C"
 LIMIT %(limit)s::integer;
