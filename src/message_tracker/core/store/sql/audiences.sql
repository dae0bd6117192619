-- name: ensure_audience
-- Make the audience of this name, unless there is one.
INSERT INTO audience (audience_id, name, created_at)
VALUES (%(audience_id)s::uuid, %(name)s::text, %(now)s::timestamptz)
ON CONFLICT (name) DO NOTHING;

-- name: audience_id_by_name
-- Which audience has this name.
SELECT audience_id
  FROM audience
 WHERE name = %(name)s::text;

-- name: audience_by_name
-- One audience, and how many members it has by channel; the counts read an index alone.
SELECT a.name, a.created_at,
       (SELECT count(*) FROM audience_member AS m
         WHERE m.audience_id = a.audience_id AND m.channel = 'email') AS email,
       (SELECT count(*) FROM audience_member AS m
         WHERE m.audience_id = a.audience_id AND m.channel = 'text') AS text
  FROM audience AS a
 WHERE a.name = %(name)s::text;

-- name: all_audiences
-- Every audience with its counts, by name.
SELECT a.name, a.created_at,
       count(m.address) FILTER (WHERE m.channel = 'email') AS email,
       count(m.address) FILTER (WHERE m.channel = 'text') AS text
  FROM audience AS a
  LEFT JOIN audience_member AS m USING (audience_id)
 GROUP BY a.audience_id
 ORDER BY a.name;

-- name: put_members
-- Add members, and replace what was known of those who are members already. `is_new` tells which;
-- no row if the audience has gone. In the order of the key, so that two imports cannot deadlock.
INSERT INTO audience_member AS known (audience_id, channel, address, data, user_id)
SELECT a.audience_id, new.channel, new.address, new.data::jsonb, new.user_id
  FROM audience AS a
 CROSS JOIN unnest(%(channels)s::channel[], %(addresses)s::text[], %(data)s::text[],
                   %(user_ids)s::text[]) AS new (channel, address, data, user_id)
 WHERE a.name = %(name)s::text
 ORDER BY new.channel, new.address
ON CONFLICT (audience_id, channel, address) DO UPDATE
   SET data = excluded.data, user_id = excluded.user_id
RETURNING xmax = 0 AS is_new;

-- name: delete_member
-- Take one address out of an audience.
DELETE FROM audience_member AS m
 USING audience AS a
 WHERE a.name = %(name)s::text
   AND m.audience_id = a.audience_id
   AND m.channel = %(channel)s::channel
   AND m.address = %(address)s::text
RETURNING m.audience_id;

-- name: delete_audience
-- Delete an audience with its members.
DELETE FROM audience
 WHERE name = %(name)s::text
RETURNING audience_id;

-- name: members_after
-- The next members of an audience, in the order of its key: of these channels, behind that one.
SELECT channel, address, data, user_id
  FROM audience_member
 WHERE audience_id = %(audience_id)s::uuid
   AND channel = ANY (%(channels)s::channel[])
   AND (channel, address) > (%(after_channel)s::channel, %(after_address)s::text)
 ORDER BY channel, address
 LIMIT %(most)s::integer;
