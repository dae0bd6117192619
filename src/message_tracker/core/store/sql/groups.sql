-- name: ensure_group
-- Make the group of this name, unless there is one. A concurrent maker of the same name is waited
-- for; its row shows only in the next statement.
INSERT INTO message_group (group_id, name, is_test, created_at)
VALUES (%(group_id)s::uuid, %(name)s::text, %(is_test)s::boolean, %(now)s::timestamptz)
ON CONFLICT (name) DO NOTHING
RETURNING group_id, state, is_test;

-- name: group_by_name
-- The group of this name, for a request that adds to it.
SELECT group_id, state, is_test
  FROM message_group
 WHERE name = %(name)s::text;

-- name: group_to_join
-- The group of this id, for a request that adds to it.
SELECT group_id, state, is_test
  FROM message_group
 WHERE group_id = %(group_id)s::uuid;

-- name: group_by_id
-- A group, with what tells about itself.
SELECT group_id, name, state, created_at
  FROM message_group
 WHERE group_id = %(group_id)s::uuid;

-- name: group_counts
-- How many of a group's messages stand where, and what they cost: what is added up, and what changed
-- since.
SELECT channel, status, sum(messages)::bigint AS messages, sum(segments)::bigint AS segments
  FROM (
           SELECT channel, status, messages, segments
             FROM group_tally
            WHERE group_id = %(group_id)s::uuid
            UNION ALL
           SELECT channel, status, messages, segments
             FROM tally_change
            WHERE group_id = %(group_id)s::uuid
       ) AS counted
 GROUP BY channel, status
HAVING sum(messages) <> 0
 ORDER BY channel, status;

-- name: set_group_state
-- Order a group to be paused, stopped or active again, and return its state: a stopped group cannot
-- be paused. The statements below make its messages follow.
WITH ordered AS (
    UPDATE message_group
       SET state = %(state)s::group_state,
           is_settling = %(state)s::group_state <> 'paused'
     WHERE group_id = %(group_id)s::uuid
       AND NOT (state = 'stopped' AND %(state)s::group_state = 'paused')
    RETURNING group_id, state
)
SELECT coalesce(ordered.state, g.state) AS state
  FROM message_group AS g
  LEFT JOIN ordered USING (group_id)
 WHERE g.group_id = %(group_id)s::uuid;

-- name: unsettled_groups
-- The groups whose messages do not all follow the group's state yet.
SELECT group_id, state
  FROM message_group
 WHERE is_settling
 ORDER BY group_id;

-- name: carry_out_stop
-- End some of a stopped group's messages: those not begun. The lock keeps the state what it is; a
-- row that somebody looks at is left to the next time, or to him.
WITH ordered AS (
    SELECT group_id
      FROM message_group
     WHERE group_id = %(group_id)s::uuid
       AND state = 'stopped'
       FOR SHARE
), ending AS (
    SELECT d.message_id
      FROM ordered
     CROSS JOIN dispatch AS d
     WHERE d.group_id = %(group_id)s::uuid
       AND d.begun_at IS NULL
     LIMIT %(most)s::integer
       FOR UPDATE OF d SKIP LOCKED
), dropped AS (
    DELETE FROM dispatch AS d
     USING ending
     WHERE d.message_id = ending.message_id
    RETURNING d.message_id
)
UPDATE message_state AS s
   SET status = greatest(s.status, 'stopped')
  FROM dropped
 WHERE s.message_id = dropped.message_id
RETURNING s.message_id;

-- name: carry_out_release
-- Let some of the messages that a pause has held go on.
WITH ordered AS (
    SELECT group_id
      FROM message_group
     WHERE group_id = %(group_id)s::uuid
       AND state = 'active'
       FOR SHARE
), waiting AS (
    SELECT d.message_id
      FROM ordered
     CROSS JOIN dispatch AS d
     WHERE d.group_id = %(group_id)s::uuid
       AND d.is_held
     LIMIT %(most)s::integer
       FOR UPDATE OF d SKIP LOCKED
)
UPDATE dispatch AS d
   SET is_held = false
  FROM waiting
 WHERE d.message_id = waiting.message_id
RETURNING d.message_id;

-- name: carry_out_revival
-- Revive some of the messages that a stop has ended, and only those: what an event has since proved
-- sent is stopped no more. Here a status is lowered, on a person's order.
WITH ordered AS (
    SELECT group_id
      FROM message_group
     WHERE group_id = %(group_id)s::uuid
       AND state = 'active'
       FOR SHARE
), ended AS (
    SELECT s.message_id
      FROM ordered
     CROSS JOIN message_state AS s
     WHERE s.group_id = %(group_id)s::uuid
       AND s.status = 'stopped'
     LIMIT %(most)s::integer
       FOR UPDATE OF s SKIP LOCKED
), revived AS (
    UPDATE message_state AS s
       SET status = CASE WHEN m.send_at > %(now)s::timestamptz THEN 'scheduled'::message_status
                         ELSE 'queued' END
      FROM ended
      JOIN message AS m USING (message_id)
     WHERE s.message_id = ended.message_id
    RETURNING s.message_id, s.attempts
)
INSERT INTO dispatch (message_id, group_id, channel, kind, units, due_at, expires_at,
                      on_unconfirmed, attempts)
SELECT m.message_id, m.group_id, m.channel, m.kind, greatest(m.segments, 1::smallint), m.send_at,
       m.expires_at, m.on_unconfirmed, revived.attempts
  FROM revived
  JOIN message AS m USING (message_id)
ON CONFLICT (message_id) DO NOTHING
RETURNING message_id;

-- name: settle_group
-- Note that every message follows the group's state, if so.
UPDATE message_group AS g
   SET is_settling = false
 WHERE g.group_id = %(group_id)s::uuid
   AND g.state = %(state)s::group_state
   AND CASE g.state
           WHEN 'stopped' THEN
               NOT EXISTS (SELECT FROM dispatch AS d
                            WHERE d.group_id = %(group_id)s::uuid AND d.begun_at IS NULL)
           WHEN 'active' THEN
               NOT EXISTS (SELECT FROM dispatch AS d
                            WHERE d.group_id = %(group_id)s::uuid AND d.is_held)
               AND NOT EXISTS (SELECT FROM message_state AS s
                                WHERE s.group_id = %(group_id)s::uuid AND s.status = 'stopped')
           ELSE true
       END
RETURNING g.group_id;
