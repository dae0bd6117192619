-- Questions to the counts: what is added up, and the changes that are not yet.

-- name: count_sent_since
-- How many messages were sent since a minute, by channel; `first_hour` is the first whole one.
SELECT channel, messages, segments
  FROM count_sent(%(since)s::timestamptz, %(first_hour)s::timestamptz);

-- name: count_statistics
-- What became of a period's messages, by one or two of what they have in common. `source` says where
-- it is read: the sums of days, those of groups (both with what changed lately), or, for a user, the
-- messages themselves. Test messages are left out: a group has them alone, or none.
WITH counted AS (
    SELECT NULL::uuid AS group_id, NULL AS user_id, day, channel, kind, report_type, template,
           status, messages, segments, opened, clicked, unsubscribed
      FROM daily_tally
     WHERE %(source)s::text = 'days'
       AND day BETWEEN %(first_day)s::date AND %(last_day)s::date
     UNION ALL
    SELECT group_id, NULL, day, channel, kind, report_type, template, status, messages, segments,
           opened, clicked, unsubscribed
      FROM group_tally
     WHERE %(source)s::text = 'groups'
       AND day BETWEEN %(first_day)s::date AND %(last_day)s::date
     UNION ALL
    SELECT group_id, NULL, day, channel, kind, report_type, template, status, messages, segments,
           coalesce(opened, 0), coalesce(clicked, 0), coalesce(unsubscribed, 0)
      FROM tally_change
      JOIN content_label USING (content_id)
     WHERE %(source)s::text IN ('days', 'groups')
       AND NOT is_test
       AND day BETWEEN %(first_day)s::date AND %(last_day)s::date
     UNION ALL
    SELECT m.group_id, m.user_id, (m.created_at AT TIME ZONE 'UTC')::date, m.channel, m.kind,
           coalesce(m.report_type, ''), label.template, s.status, 1, m.segments,
           num_nonnulls(s.opened_at), num_nonnulls(s.clicked_at), num_nonnulls(s.unsubscribed_at)
      FROM message AS m
      JOIN message_state AS s USING (message_id)
      JOIN content_label AS label ON label.content_id = m.content_id
     WHERE %(source)s::text = 'messages'
       AND m.user_id IS NOT NULL
       AND NOT m.is_test
       AND (%(user_id)s::text IS NULL OR m.user_id = %(user_id)s::text)
       AND m.created_at < (%(last_day)s::date + 1)::timestamp AT TIME ZONE 'UTC'
       AND m.created_at >= %(first_day)s::date::timestamp AT TIME ZONE 'UTC'
), labelled AS (
    SELECT counted.*,
           CASE %(one)s::text
               WHEN 'day' THEN day::text WHEN 'channel' THEN channel::text
               WHEN 'status' THEN status::text WHEN 'report_type' THEN report_type
               WHEN 'template' THEN template WHEN 'user' THEN user_id
               WHEN 'group' THEN coalesce(g.name, g.group_id::text)
           END AS one,
           CASE %(other)s::text
               WHEN 'day' THEN day::text WHEN 'channel' THEN channel::text
               WHEN 'status' THEN status::text WHEN 'report_type' THEN report_type
               WHEN 'template' THEN template WHEN 'user' THEN user_id
               WHEN 'group' THEN coalesce(g.name, g.group_id::text)
           END AS other,
           coalesce(g.is_test, false) AS is_test
      FROM counted
      LEFT JOIN message_group AS g USING (group_id)
)
SELECT one, other,
       sum(messages)::bigint AS accepted,
       coalesce(sum(messages) FILTER (WHERE status >= 'sent'), 0)::bigint AS sent,
       coalesce(sum(messages) FILTER (WHERE status IN ('delivered', 'complained')), 0)::bigint
           AS delivered,
       coalesce(sum(messages) FILTER (WHERE status = 'bounced'), 0)::bigint AS bounced,
       coalesce(sum(messages) FILTER (WHERE status = 'complained'), 0)::bigint AS complained,
       sum(opened)::bigint AS opened,
       sum(clicked)::bigint AS clicked,
       sum(unsubscribed)::bigint AS unsubscribed,
       sum(segments)::bigint AS segments
  FROM labelled
 WHERE NOT is_test
 GROUP BY one, other
HAVING sum(messages) <> 0
 ORDER BY one, other
 LIMIT %(limit)s::integer;
