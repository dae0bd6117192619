-- Questions to the counts: what is added up, and the changes that are not yet.

-- name: count_sent_since
-- How many messages were sent since a minute, by channel: whole hours, the minutes before the first
-- of them, and what changed lately.
SELECT channel, sum(messages)::bigint AS messages, sum(segments)::bigint AS segments
  FROM (
           SELECT channel, messages, segments
             FROM sent_per_hour
            WHERE begins_at >= %(first_hour)s::timestamptz
            UNION ALL
           SELECT channel, messages, segments
             FROM sent_per_minute
            WHERE begins_at >= %(since)s::timestamptz
              AND begins_at < %(first_hour)s::timestamptz
            UNION ALL
           SELECT channel, messages, segments
             FROM tally_change
            WHERE sent_minute >= %(since)s::timestamptz
       ) AS sent
 GROUP BY channel
HAVING sum(messages) <> 0
 ORDER BY channel;
