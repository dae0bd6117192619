-- The counts of messages: changes that triggers append (see the schema), added up by the sweeper.

-- name: add_up_changes
-- Add up the changes older than that and let go of them, in one statement: whoever reads meanwhile
-- sees each either there or here. Of two at once the second waits, and finds nothing left. Test
-- messages count in their groups alone.
WITH taken AS (
    DELETE FROM tally_change
     WHERE changed_at < statement_timestamp() - %(kept)s::interval
    RETURNING *
), labelled AS (
    SELECT * FROM taken JOIN content_label USING (content_id)
), by_group AS (
    INSERT INTO group_tally AS known (
               group_id, day, channel, kind, report_type, template, status,
               messages, segments, opened, clicked, unsubscribed
           )
    SELECT group_id, day, channel, kind, report_type, template, status,
           sum(messages), sum(segments), coalesce(sum(opened), 0), coalesce(sum(clicked), 0),
           coalesce(sum(unsubscribed), 0)
      FROM labelled
     GROUP BY 1, 2, 3, 4, 5, 6, 7
     ORDER BY 1, 2, 3, 4, 5, 6, 7
    ON CONFLICT (group_id, day, channel, kind, report_type, template, status) DO UPDATE
       SET messages = known.messages + excluded.messages,
           segments = known.segments + excluded.segments,
           opened = known.opened + excluded.opened,
           clicked = known.clicked + excluded.clicked,
           unsubscribed = known.unsubscribed + excluded.unsubscribed
), by_day AS (
    INSERT INTO daily_tally AS known (
               day, channel, kind, report_type, template, status,
               messages, segments, opened, clicked, unsubscribed
           )
    SELECT day, channel, kind, report_type, template, status,
           sum(messages), sum(segments), coalesce(sum(opened), 0), coalesce(sum(clicked), 0),
           coalesce(sum(unsubscribed), 0)
      FROM labelled
     WHERE NOT is_test
     GROUP BY 1, 2, 3, 4, 5, 6
     ORDER BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (day, channel, kind, report_type, template, status) DO UPDATE
       SET messages = known.messages + excluded.messages,
           segments = known.segments + excluded.segments,
           opened = known.opened + excluded.opened,
           clicked = known.clicked + excluded.clicked,
           unsubscribed = known.unsubscribed + excluded.unsubscribed
), by_minute AS (
    INSERT INTO sent_per_minute AS known (begins_at, channel, messages, segments)
    SELECT sent_minute, channel, sum(messages), sum(segments)
      FROM taken
     WHERE sent_minute IS NOT NULL
       AND NOT is_test
     GROUP BY 1, 2
    HAVING sum(messages) <> 0 OR sum(segments) <> 0
     ORDER BY 1, 2
    ON CONFLICT (begins_at, channel) DO UPDATE
       SET messages = known.messages + excluded.messages,
           segments = known.segments + excluded.segments
), by_hour AS (
    INSERT INTO sent_per_hour AS known (begins_at, channel, messages, segments)
    SELECT date_trunc('hour', sent_minute, 'UTC'), channel, sum(messages), sum(segments)
      FROM taken
     WHERE sent_minute IS NOT NULL
       AND NOT is_test
     GROUP BY 1, 2
    HAVING sum(messages) <> 0 OR sum(segments) <> 0
     ORDER BY 1, 2
    ON CONFLICT (begins_at, channel) DO UPDATE
       SET messages = known.messages + excluded.messages,
           segments = known.segments + excluded.segments
)
SELECT count(*) AS changes FROM taken;

-- name: drop_empty_tallies
-- Let go of statuses that no message of a group has any more: most groups are one request.
DELETE FROM group_tally
 WHERE messages = 0
   AND segments = 0 AND opened = 0 AND clicked = 0 AND unsubscribed = 0;

-- name: drop_old_minutes
-- Minutes serve for the first, incomplete hour of a period; older periods are counted in hours.
DELETE FROM sent_per_minute
 WHERE begins_at < %(before)s::timestamptz;
