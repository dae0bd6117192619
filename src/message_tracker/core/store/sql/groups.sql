-- name: ensure_group
-- Make the group of this name, unless there is one. A concurrent maker of the same name is waited
-- for; its row shows only in the next statement.
INSERT INTO message_group (group_id, name, created_at)
VALUES (%(group_id)s::uuid, %(name)s::text, %(now)s::timestamptz)
ON CONFLICT (name) DO NOTHING
RETURNING group_id, state;

-- name: group_by_name
-- The group of this name, for a request that adds to it.
SELECT group_id, state
  FROM message_group
 WHERE name = %(name)s::text;

-- name: group_to_join
-- The group of this id, for a request that adds to it.
SELECT group_id, state
  FROM message_group
 WHERE group_id = %(group_id)s::uuid;

-- name: group_by_id
-- A group, with what tells about itself.
SELECT group_id, name, state, created_at
  FROM message_group
 WHERE group_id = %(group_id)s::uuid;

-- name: group_counts
-- How many of a group's messages stand where, and what they cost.
SELECT state.channel, state.status, count(*) AS messages, sum(message.segments) AS segments
  FROM message_state AS state
  JOIN message USING (message_id)
 WHERE state.group_id = %(group_id)s::uuid
 GROUP BY state.channel, state.status
 ORDER BY state.channel, state.status;
