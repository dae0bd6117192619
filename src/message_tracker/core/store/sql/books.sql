-- The books: every accepted message stands in exactly one place.

-- name: books_since
-- The first day whose messages are counted anew for the books: of the days that have been counted, as
-- many of the last as hold so many messages at most. NULL: all are.
SELECT CASE WHEN bool_or(later > %(most)s::bigint)
            THEN coalesce(min(day) FILTER (WHERE later <= %(most)s::bigint), max(day) + 1)
       END AS since
  FROM (
           SELECT day, sum(sum(accepted)) OVER (ORDER BY day DESC) AS later
             FROM book_day
            GROUP BY day
       ) AS counted;

-- name: read_books
-- Count the messages since then by where they stand, in one snapshot, and those of the days before as
-- they were counted last.
SELECT *
  FROM books_between(coalesce(%(since)s::timestamptz, '-infinity'), 'infinity')
 UNION ALL
SELECT channel, NULL, NULL, sum(accepted)::bigint, sum(waiting)::bigint, sum(sent)::bigint,
       sum(failed)::bigint, sum(stopped)::bigint, sum(unconfirmed)::bigint, NULL
  FROM book_day
 WHERE day < (%(since)s::timestamptz AT TIME ZONE 'UTC')::date
 GROUP BY channel
 ORDER BY 1, 2, 3;

-- name: days_to_count
-- The days before then on which there may be messages, the longest uncounted first.
SELECT past.day::date AS day
  FROM generate_series(
           (SELECT (min(created_at) AT TIME ZONE 'UTC')::date FROM message)::timestamp,
           (%(before)s::timestamptz AT TIME ZONE 'UTC') - interval '1 day',
           interval '1 day'
       ) AS past (day)
  LEFT JOIN book_day AS counted ON counted.day = past.day::date
 GROUP BY past.day
 ORDER BY min(counted.counted_at) NULLS FIRST, past.day;

-- name: count_book_day
-- Count a day's messages by where they stand, keep how many, and return those that contradict the books.
WITH place AS (
    SELECT *
      FROM books_between(%(since)s::timestamptz, %(since)s::timestamptz + interval '24 hours')
), kept AS (
    INSERT INTO book_day AS known (day, channel, counted_at, accepted, waiting, sent, failed, stopped,
                                   unconfirmed)
    SELECT (%(since)s::timestamptz AT TIME ZONE 'UTC')::date, channel, %(now)s::timestamptz,
           coalesce(sum(accepted), 0), coalesce(sum(waiting), 0), coalesce(sum(sent), 0),
           coalesce(sum(failed), 0), coalesce(sum(stopped), 0), coalesce(sum(unconfirmed), 0)
      FROM unnest(enum_range(NULL::channel)) AS every (channel)
      LEFT JOIN place USING (channel)
     GROUP BY channel
    ON CONFLICT (day, channel) DO UPDATE
       SET counted_at = excluded.counted_at, accepted = excluded.accepted,
           waiting = excluded.waiting, sent = excluded.sent, failed = excluded.failed,
           stopped = excluded.stopped, unconfirmed = excluded.unconfirmed
)
SELECT *
  FROM place
 WHERE gap IS NOT NULL
 ORDER BY channel, gap, group_id;
