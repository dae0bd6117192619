-- The books by days, so that a report need not count all messages that there ever were.

-- Where the messages stand that were accepted in a time, by channel; those that contradict the books
-- in rows of their own, by group. A message that an event proved sent may still be in `dispatch`, until
-- the sweeper has seen it: no contradiction.
CREATE FUNCTION books_between(since timestamptz, until timestamptz)
RETURNS TABLE (
    channel     channel,
    gap         text, -- in what way they contradict the books; NULL: they do not
    group_id    uuid, -- of those that do
    accepted    bigint,
    waiting     bigint,
    sent        bigint,
    failed      bigint,
    stopped     bigint,
    unconfirmed bigint,
    message_ids uuid[] -- the first of those that contradict them
) LANGUAGE sql STABLE AS $$
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
         WHERE m.created_at >= since
           AND m.created_at < until
    )
    SELECT entry.channel,
           entry.gap,
           CASE WHEN entry.gap IS NOT NULL THEN entry.group_id END,
           count(*),
           count(*) FILTER (WHERE status <= 'sending'),
           count(*) FILTER (WHERE status >= 'sent'),
           count(*) FILTER (WHERE status IN ('expired', 'suppressed', 'failed')),
           count(*) FILTER (WHERE status = 'stopped'),
           count(*) FILTER (WHERE status = 'unconfirmed'),
           (array_agg(message_id ORDER BY message_id) FILTER (WHERE entry.gap IS NOT NULL))[1:20]
      FROM entry
     GROUP BY 1, 2, 3
$$;

-- Where the messages of a day stood when they were last counted: too many messages later, they are
-- not counted anew for each report.
CREATE TABLE book_day (
    day         date NOT NULL, -- on which the messages were accepted (UTC)
    channel     channel NOT NULL,
    counted_at  timestamptz NOT NULL,
    accepted    bigint NOT NULL,
    waiting     bigint NOT NULL,
    sent        bigint NOT NULL,
    failed      bigint NOT NULL,
    stopped     bigint NOT NULL,
    unconfirmed bigint NOT NULL,
    PRIMARY KEY (day, channel)
);
