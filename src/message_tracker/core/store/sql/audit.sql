-- What an audit asks beside the books.

-- name: overdue_messages
-- What should have been begun or settled long ago: on a queue, due or in doubt since before then. What
-- a pause holds or an open circuit parks is left out: that is told elsewhere.
SELECT d.channel, d.group_id, count(*) AS messages,
       (array_agg(d.message_id ORDER BY d.message_id))[1:20] AS message_ids
  FROM dispatch AS d
 WHERE coalesce(d.begun_at, d.enqueued_at, d.due_at) < %(before)s::timestamptz
   AND NOT d.is_held
   AND NOT EXISTS (SELECT FROM circuit AS c WHERE c.channel = d.channel)
 GROUP BY 1, 2
 ORDER BY 1, 2;

-- name: silent_messages
-- What was sent in a time, and of which no event came: its own record of being sent is all there is.
-- Messages are found by when they were accepted: what was scheduled for longer than a week is left out.
SELECT s.channel, s.group_id, count(*) AS messages,
       (array_agg(s.message_id ORDER BY s.message_id))[1:20] AS message_ids
  FROM message AS m
  JOIN message_state AS s USING (message_id)
 WHERE m.created_at >= %(since)s::timestamptz - interval '7 days'
   AND m.created_at < %(until)s::timestamptz
   AND s.status = 'sent'
   AND s.status_event_key IS NULL
   AND s.sent_at >= %(since)s::timestamptz
   AND s.sent_at < %(until)s::timestamptz
   AND NOT EXISTS (SELECT FROM message_event AS e WHERE e.message_id = s.message_id)
 GROUP BY 1, 2
 ORDER BY 1, 2;

-- name: miscounted_messages
-- The kept counts that are not those of the messages, the first of them: of groups and of days by
-- status, and of what was sent in an hour. One snapshot: what is changed meanwhile counts nowhere.
-- `since` is NULL, or only groups made since then are compared: no other count is of these messages
-- alone.
WITH young AS MATERIALIZED (
    SELECT group_id
      FROM message_group
     WHERE %(since)s::timestamptz IS NOT NULL
       AND created_at >= %(since)s::timestamptz
), counted AS (
    SELECT s.group_id, s.channel, s.status, (m.send_at AT TIME ZONE 'UTC')::date AS day,
           date_trunc('hour', s.sent_at, 'UTC') AS hour, -count(*) AS messages
      FROM message_state AS s
      JOIN message AS m USING (message_id)
     WHERE m.created_at >= coalesce(%(since)s::timestamptz, '-infinity')
     GROUP BY 1, 2, 3, 4, 5
), fresh AS (
    SELECT group_id, channel, status, day, date_trunc('hour', sent_minute, 'UTC') AS hour, messages
      FROM tally_change
), entry AS (
    SELECT channel, group_id, 'group ' || group_id || ', ' || status AS place,
           messages AS counted, 0::bigint AS kept
      FROM counted
     UNION ALL
    SELECT channel, NULL, 'day ' || day || ', ' || status, messages, 0 FROM counted
     UNION ALL
    SELECT channel, NULL, 'sent in the hour of ' || to_char(hour, 'YYYY-MM-DD HH24:MI'), messages, 0
      FROM counted
     WHERE hour IS NOT NULL
     UNION ALL
    SELECT channel, group_id, 'group ' || group_id || ', ' || status, 0, messages FROM group_tally
     UNION ALL
    SELECT channel, group_id, 'group ' || group_id || ', ' || status, 0, messages FROM fresh
     UNION ALL
    SELECT channel, NULL, 'day ' || day || ', ' || status, 0, messages FROM daily_tally
     UNION ALL
    SELECT channel, NULL, 'day ' || day || ', ' || status, 0, messages FROM fresh
     UNION ALL
    SELECT channel, NULL, 'sent in the hour of ' || to_char(begins_at, 'YYYY-MM-DD HH24:MI'), 0,
           messages
      FROM sent_per_hour
     UNION ALL
    SELECT channel, NULL, 'sent in the hour of ' || to_char(hour, 'YYYY-MM-DD HH24:MI'), 0, messages
      FROM fresh
     WHERE hour IS NOT NULL
)
SELECT channel, place, sum(kept)::bigint AS kept, -sum(counted)::bigint AS counted
  FROM entry
 WHERE %(since)s::timestamptz IS NULL
    OR group_id IN (SELECT group_id FROM young)
 GROUP BY 1, 2
HAVING sum(kept) + sum(counted) <> 0
 ORDER BY 1, 2
 LIMIT %(most)s::integer;

-- name: sent_in_hours
-- What was sent in whole hours, in what the provider counts: e-mails, and parts of texts.
SELECT channel, sum(CASE channel WHEN 'text' THEN segments ELSE messages END)::bigint AS sent
  FROM (
           SELECT channel, messages, segments
             FROM sent_per_hour
            WHERE begins_at >= %(since)s::timestamptz AND begins_at < %(until)s::timestamptz
            UNION ALL
           SELECT channel, messages, segments
             FROM tally_change
            WHERE sent_minute >= %(since)s::timestamptz AND sent_minute < %(until)s::timestamptz
       ) AS hours
 GROUP BY channel;

-- name: balances
-- Where the messages stand that were accepted since then: by hour, group and channel, the latest first.
SELECT date_trunc('hour', m.created_at, 'UTC') AS hour,
       coalesce(g.name, g.group_id::text) AS "group",
       m.channel,
       count(*) AS accepted,
       count(*) FILTER (WHERE s.status <= 'sending') AS waiting,
       count(*) FILTER (WHERE s.status >= 'sent') AS sent,
       count(*) FILTER (WHERE s.status IN ('expired', 'suppressed', 'failed')) AS failed,
       count(*) FILTER (WHERE s.status = 'stopped') AS stopped,
       count(*) FILTER (WHERE s.status = 'unconfirmed') AS unconfirmed
  FROM message AS m
  JOIN message_group AS g USING (group_id)
  LEFT JOIN message_state AS s USING (message_id)
 WHERE m.created_at >= %(since)s::timestamptz
 GROUP BY 1, g.group_id, 3
 ORDER BY 1 DESC, 2, 3
 LIMIT %(most)s::integer;
