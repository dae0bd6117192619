-- name: message_by_id
-- One message and where it stands; begun_at: when a provider was asked that has not answered.
SELECT message.message_id, message.group_id, message.channel, message.kind, message.recipient AS "to",
       message.user_id, message.report_type, message.is_test, message.segments, message.encoding,
       message.send_at, message.expires_at, message.created_at,
       state.status, state.is_final, state.attempts, state.provider_message_id,
       state.cause, state.cause_detail, state.failed_at, state.sent_at, state.delayed_at,
       state.delivered_at, state.bounced_at, state.complained_at,
       state.opened_at, state.last_opened_at, state.open_count, state.machine_open_count,
       state.clicked_at, state.last_clicked_at, state.last_link, state.click_count,
       state.machine_click_count, state.unsubscribed_at, state.resent_at,
       state.redriven_at,
       dispatch.begun_at
  FROM message
  JOIN message_state AS state USING (message_id)
  LEFT JOIN dispatch USING (message_id)
 WHERE message.message_id = %(message_id)s::uuid;

-- name: message_timeline
-- A message's events, the earliest first.
SELECT event_type, occurred_at, received_at, status, cause, is_final,
       nullif(event_details(event_type, details, effect), '{}') AS details
  FROM message_event
 WHERE message_id = %(message_id)s::uuid
 ORDER BY occurred_at, event_key
 LIMIT %(limit)s::integer;

-- name: search_messages
-- The messages of a search that come behind a position, the newest first, and how far was looked.
-- What is not asked for is NULL, and out of the plan before it is made, so that every search walks
-- an index in the order of the answer. No index knows the status and none the channel (the one would
-- make every event's update dearer, the other splits in two): they are sifted, from so many messages
-- at most, and the caller goes on from the last of them. The first columns come even if nothing is
-- found. The page is walked twice, in the index's order: once to its edge, and once as far as it takes
-- to find enough; each state is looked up by its key, whatever the planner thinks of their number.
WITH page AS NOT MATERIALIZED (
    SELECT message_id, created_at
      FROM message
     WHERE (%(recipient)s::text IS NULL OR recipient = %(recipient)s::text)
       AND (%(user_id)s::text IS NULL OR user_id = %(user_id)s::text)
       AND (%(provider_message_id)s::text IS NULL
            OR message_id = (SELECT message_id
                               FROM message_state
                              WHERE provider_message_id = %(provider_message_id)s::text
                              LIMIT 1))
       AND (%(group_name)s::text IS NULL
            OR group_id = (SELECT group_id FROM message_group WHERE name = %(group_name)s::text))
       AND (%(group_id)s::uuid IS NULL OR group_id = %(group_id)s::uuid)
       AND (%(accepted_from)s::timestamptz IS NULL
            OR created_at >= %(accepted_from)s::timestamptz)
       AND (%(accepted_until)s::timestamptz IS NULL
            OR created_at < %(accepted_until)s::timestamptz)
       AND (%(behind_at)s::timestamptz IS NULL
            OR (created_at, message_id) < (%(behind_at)s::timestamptz, %(behind_id)s::uuid))
     ORDER BY created_at DESC, message_id DESC
     LIMIT %(most_sifted)s::integer
), edge AS (
    SELECT count(*) AS sifted,
           min(created_at) AS edge_at,
           (array_agg(message_id ORDER BY created_at, message_id))[1] AS edge_id
      FROM page
), found AS (
    SELECT page.created_at, state.*
      FROM page
     CROSS JOIN LATERAL (
           SELECT message_id, status, is_final, attempts, provider_message_id, cause, sent_at,
                  delivered_at
             FROM message_state AS s
            WHERE s.message_id = page.message_id
              AND (%(status)s::message_status IS NULL OR status = %(status)s::message_status)
              AND (%(channel)s::channel IS NULL OR channel = %(channel)s::channel)
           OFFSET 0
     ) AS state
     ORDER BY page.created_at DESC, page.message_id DESC
     LIMIT %(most_found)s::integer
)
SELECT edge.sifted, edge.edge_at, edge.edge_id,
       found.message_id, message.group_id, message_group.name AS "group", message.channel,
       message.kind, message.recipient AS "to", message.user_id, message.report_type,
       message.is_test, message.segments, message.send_at, found.created_at, found.status,
       found.is_final, found.attempts, found.provider_message_id, found.cause, found.sent_at,
       found.delivered_at
  FROM edge
  LEFT JOIN found ON true
  LEFT JOIN message USING (message_id)
  LEFT JOIN message_group USING (group_id)
 ORDER BY found.created_at DESC, found.message_id DESC;

-- name: is_message
-- Whether there is a message of this id.
SELECT EXISTS (SELECT FROM message WHERE message_id = %(message_id)s::uuid) AS is_known;
