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

-- name: create_group
-- Make a group of this name, with its options, unless there is one.
INSERT INTO message_group (group_id, name, is_test, created_at, segment_budget, halt_bounce_share,
                           halt_complaint_share)
VALUES (%(group_id)s::uuid, %(name)s::text, %(is_test)s::boolean, %(now)s::timestamptz,
        %(segment_budget)s::integer, %(halt_bounce_share)s::double precision, %(halt_complaint_share)s::double precision)
ON CONFLICT (name) DO NOTHING
RETURNING group_id;

-- name: change_group
-- Change those options of a group that are named in `changed`.
UPDATE message_group
   SET segment_budget = CASE WHEN 'segment_budget' = ANY (%(changed)s::text[])
                             THEN %(segment_budget)s::integer ELSE segment_budget END,
       halt_bounce_share = CASE WHEN 'halt_bounce_share' = ANY (%(changed)s::text[])
                                THEN %(halt_bounce_share)s::double precision
                                ELSE halt_bounce_share END,
       halt_complaint_share = CASE WHEN 'halt_complaint_share' = ANY (%(changed)s::text[])
                                   THEN %(halt_complaint_share)s::double precision
                                   ELSE halt_complaint_share END
 WHERE group_id = %(group_id)s::uuid
RETURNING group_id;

-- name: lock_budget
-- A group's budget, if it has one; who adds to the group waits here for who is adding to it now.
SELECT segment_budget
  FROM message_group
 WHERE group_id = %(group_id)s::uuid
   AND segment_budget IS NOT NULL
   FOR NO KEY UPDATE;

-- name: count_segments_taken
-- How many segments a group has taken in, whatever became of them.
SELECT coalesce(sum(segments), 0)::bigint AS segments
  FROM (
           SELECT segments FROM group_tally WHERE group_id = %(group_id)s::uuid
            UNION ALL
           SELECT segments FROM tally_change WHERE group_id = %(group_id)s::uuid
       ) AS counted;

-- name: find_group
-- A group by its id or its name, with a row for each channel and status of its messages.
SELECT g.group_id, g.name, g.state, g.created_at, g.segment_budget, g.halt_bounce_share,
       g.halt_complaint_share, g.halted_at, g.halt_reason, statement_timestamp() AS read_at,
       counts.*
  FROM message_group AS g
  LEFT JOIN LATERAL counts_of_group(g.group_id) AS counts ON true
 WHERE g.group_id = %(group_id)s::uuid
    OR g.name = %(name)s::text
 ORDER BY counts.channel, counts.status;

-- name: page_of_groups
-- The groups made before one, the latest first; ids begin with their time. Rows as above.
SELECT g.group_id, g.name, g.state, g.created_at, g.segment_budget, g.halt_bounce_share,
       g.halt_complaint_share, g.halted_at, g.halt_reason, statement_timestamp() AS read_at,
       counts.*
  FROM (
           SELECT *
             FROM message_group
            WHERE group_id < %(before)s::uuid
              AND (name IS NOT NULL OR NOT %(is_named)s::boolean)
            ORDER BY group_id DESC
            LIMIT %(limit)s::integer
       ) AS g
  LEFT JOIN LATERAL counts_of_group(g.group_id) AS counts ON true
 ORDER BY g.group_id DESC, counts.channel, counts.status;

-- name: set_group_state
-- Order a group to be paused, stopped or active again, and return its state: a stopped group cannot
-- be paused. The statements below make its messages follow. Who lets a halted group go on has seen
-- why it was: what is counted by now is not judged again.
WITH counted AS (
    SELECT coalesce(sum(messages) FILTER (WHERE status >= 'sent'), 0) AS sent,
           coalesce(sum(messages) FILTER (WHERE status = 'bounced'), 0) AS bounced,
           coalesce(sum(messages) FILTER (WHERE status = 'complained'), 0) AS complained
      FROM (
               SELECT channel, status, messages
                 FROM group_tally WHERE group_id = %(group_id)s::uuid
                UNION ALL
               SELECT channel, status, messages
                 FROM tally_change WHERE group_id = %(group_id)s::uuid
           ) AS kept
     WHERE channel = 'email'
), resumed AS (
    SELECT counted.*
      FROM message_group AS g
     CROSS JOIN counted
     WHERE g.group_id = %(group_id)s::uuid
       AND g.halted_at IS NOT NULL
       AND %(state)s::group_state = 'active'
), ordered AS (
    UPDATE message_group
       SET state = %(state)s::group_state,
           is_settling = %(state)s::group_state <> 'paused',
           halted_at = CASE WHEN %(state)s::group_state <> 'active' THEN halted_at END,
           halt_reason = CASE WHEN %(state)s::group_state <> 'active' THEN halt_reason END,
           set_aside_sent = coalesce((SELECT sent FROM resumed), set_aside_sent),
           set_aside_bounced = coalesce((SELECT bounced FROM resumed), set_aside_bounced),
           set_aside_complained = coalesce((SELECT complained FROM resumed), set_aside_complained)
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
    DELETE FROM dispatch
     WHERE message_id = ANY (ARRAY(SELECT message_id FROM ending))
    RETURNING message_id
)
UPDATE message_state
   SET status = greatest(status, 'stopped')
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM dropped))
RETURNING message_id;

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
UPDATE dispatch
   SET is_held = false
 WHERE message_id = ANY (ARRAY(SELECT message_id FROM waiting))
RETURNING message_id;

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
      FROM message AS m
     WHERE s.message_id = ANY (ARRAY(SELECT message_id FROM ended))
       AND m.message_id = s.message_id
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

-- name: halt_groups
-- Pause the groups of which too many e-mails bounced for good or were complained of, and say why.
-- Those are looked at of which something changed lately; what a person has set aside does not count.
WITH busy AS (
    SELECT DISTINCT group_id
      FROM tally_change
     WHERE channel = 'email'
       AND status >= 'sent'
), counted AS (
    SELECT group_id,
           sum(messages) FILTER (WHERE status >= 'sent') AS sent,
           sum(messages) FILTER (WHERE status = 'bounced') AS bounced,
           sum(messages) FILTER (WHERE status = 'complained') AS complained
      FROM (
               SELECT group_id, status, messages
                 FROM busy
                 JOIN group_tally USING (group_id)
                WHERE channel = 'email'
                UNION ALL
               SELECT group_id, status, messages
                 FROM tally_change
                WHERE channel = 'email'
           ) AS kept
     GROUP BY group_id
), judged AS (
    SELECT g.group_id,
           c.sent - g.set_aside_sent AS sent,
           c.bounced - g.set_aside_bounced AS bounced,
           c.complained - g.set_aside_complained AS complained,
           coalesce(g.halt_bounce_share, %(bounce_share)s::double precision) AS bounce_share,
           coalesce(g.halt_complaint_share, %(complaint_share)s::double precision)
               AS complaint_share
      FROM counted AS c
      JOIN message_group AS g USING (group_id)
     WHERE g.state = 'active'
), failing AS (
    SELECT group_id, sent, 'bounced' AS what, bounced AS messages, bounce_share AS share
      FROM judged
     WHERE bounced >= %(fewest)s::integer
       AND bounced > bounce_share * sent
     UNION ALL
    SELECT group_id, sent, 'were complained of', complained, complaint_share
      FROM judged
     WHERE complained >= %(fewest)s::integer
       AND complained > complaint_share * sent
), reason AS (
    SELECT group_id,
           string_agg(
               format('%%s of %%s e-mails %%s: more than %%s in 1,000', messages, sent, what,
                      trim_scale((share * 1000)::numeric)),
               '; ' ORDER BY what
           ) AS halt_reason
      FROM failing
     WHERE sent >= %(least_sent)s::integer
     GROUP BY group_id
)
UPDATE message_group AS g
   SET state = 'paused',
       is_settling = false,
       halted_at = %(now)s::timestamptz,
       halt_reason = reason.halt_reason
  FROM reason
 WHERE g.group_id = reason.group_id
   AND g.state = 'active'
RETURNING g.group_id, g.halt_reason;
