-- The books: every accepted message stands in exactly one place.

-- name: read_books
-- Count all messages by where they stand, in one snapshot; those that contradict the books come in
-- rows of their own, by group, with the first of their ids. A message that an event proved sent may
-- still be in `dispatch`, until the sweeper has seen it: no contradiction.
WITH entry AS (
    SELECT m.message_id, m.channel, m.group_id, s.status,
           CASE
               WHEN s.message_id IS NULL THEN 'lost'
               WHEN s.status <= 'sending' AND d.message_id IS NULL THEN 'forgotten'
               WHEN s.status > 'sending' AND s.status < 'sent' AND d.message_id IS NOT NULL
                   THEN 'left_over'
           END AS gap
      FROM message AS m
      LEFT JOIN message_state AS s USING (message_id)
      LEFT JOIN dispatch AS d USING (message_id)
)
SELECT channel,
       gap,
       CASE WHEN gap IS NOT NULL THEN group_id END AS group_id,
       count(*) AS accepted,
       count(*) FILTER (WHERE status <= 'sending') AS waiting,
       count(*) FILTER (WHERE status >= 'sent') AS sent,
       count(*) FILTER (WHERE status IN ('expired', 'suppressed', 'failed')) AS failed,
       count(*) FILTER (WHERE status = 'stopped') AS stopped,
       count(*) FILTER (WHERE status = 'unconfirmed') AS unconfirmed,
       (array_agg(message_id ORDER BY message_id) FILTER (WHERE gap IS NOT NULL))[1:20]
           AS message_ids
  FROM entry
 GROUP BY 1, 2, 3
 ORDER BY 1, 2, 3;
