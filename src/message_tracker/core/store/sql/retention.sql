-- What is let go of: by age, personal data first, or of one person.

-- name: forget_old_throttling
-- Let go of when messages were held back before then: reports tell of a week at most.
DELETE FROM throttling
 WHERE began_at < %(before)s::timestamptz;

-- name: retention_progress
-- How far an earlier run has come with a part; no row if none began it.
SELECT done_before, looked_at
  FROM retention_progress
 WHERE part = %(part)s::text;

-- name: keep_retention_progress
-- Keep how far this run has come.
INSERT INTO retention_progress (part, done_before, looked_at)
VALUES (%(part)s::text, %(done_before)s::timestamptz, %(looked_at)s::timestamptz)
ON CONFLICT (part) DO UPDATE
   SET done_before = excluded.done_before, looked_at = excluded.looked_at;

-- name: lose_retention_progress
-- Have a part looked through from the beginning by the next run.
DELETE FROM retention_progress
 WHERE part = %(part)s::text;

-- name: earliest_late_event
-- The time of the earliest event that came after a run had passed its time; NULL if none did.
SELECT min(occurred_at) AS occurred_at
  FROM message_event
 WHERE occurred_at < %(done_before)s::timestamptz
   AND received_at >= %(looked_at)s::timestamptz;

-- name: forget_old_recipients
-- Of the next so many messages behind a place, and older than that, take away whom those that are
-- settled went to and what was said to them alone. Their statuses and counts stay. Returns the last
-- one's place, for the next part, and the time of the earliest that is not settled; no row when
-- there are none.
WITH old AS MATERIALIZED (
    SELECT message_id, created_at,
           EXISTS (SELECT FROM dispatch
                    WHERE dispatch.message_id = message.message_id) AS is_waiting
      FROM message
     WHERE (created_at, message_id) > (%(behind_at)s::timestamptz, %(behind)s::uuid)
       AND created_at < %(before)s::timestamptz
     ORDER BY created_at, message_id
     LIMIT %(most)s::integer
), settled AS (
    -- By a whole array the index is descended once a key: joined, a table would be read for each part.
    SELECT ARRAY(SELECT message_id FROM old WHERE NOT is_waiting) AS message_ids
), unsaid AS (
    UPDATE message_state
       SET cause_detail = NULL
     WHERE message_id = ANY ((SELECT message_ids FROM settled)::uuid[])
       AND cause_detail IS NOT NULL
), forgotten AS (
    UPDATE message
       SET recipient = '', data = NULL, user_id = NULL
     WHERE message_id = ANY ((SELECT message_ids FROM settled)::uuid[])
       AND recipient > ''
    RETURNING message_id
)
SELECT created_at AS at, message_id AS key,
       (SELECT count(*) FROM forgotten) AS forgotten,
       (SELECT min(created_at) FROM old WHERE is_waiting) AS kept_since
  FROM old
 ORDER BY created_at DESC, message_id DESC
 LIMIT 1;

-- name: forget_old_attachments
-- Let go of the files of contents older than that, of which nothing waits to be sent.
DELETE FROM message_attachment AS attachment
 USING message_content AS content
 WHERE content.content_id = attachment.content_id
   AND content.created_at < %(before)s::timestamptz
   AND NOT EXISTS (SELECT
                     FROM dispatch
                     JOIN message USING (message_id)
                    WHERE message.content_id = content.content_id);

-- name: forget_old_details
-- Of the next so many events behind a place, and older than that, take away the details (addresses,
-- agents, links, answers) and whose mail of others it was. What the projection needs of them, the
-- effect, names nobody and stays. Returns the last one's place, for the next part; no row when there
-- are none. A key begins with its event's time, so this is the order of both.
WITH old AS MATERIALIZED (
    SELECT event_key, occurred_at
      FROM message_event
     WHERE occurred_at >= %(behind_at)s::timestamptz
       AND occurred_at < %(before)s::timestamptz
       AND event_key > %(behind)s::uuid
     ORDER BY event_key
     LIMIT %(most)s::integer
), forgotten AS (
    -- By the whole array, as above, and in the partitions of these times only.
    UPDATE message_event
       SET details = NULL, recipient = NULL, user_id = NULL
     WHERE event_key = ANY (ARRAY(SELECT event_key FROM old))
       AND occurred_at BETWEEN %(behind_at)s::timestamptz AND (SELECT max(occurred_at) FROM old)
       AND (details IS NOT NULL OR recipient IS NOT NULL OR user_id IS NOT NULL)
    RETURNING event_key
)
SELECT occurred_at AS at, event_key AS key,
       (SELECT count(*) FROM forgotten) AS forgotten,
       NULL::timestamptz AS kept_since
  FROM old
 ORDER BY event_key DESC
 LIMIT 1;

-- name: forget_old_soft_bounces
-- Let go of addresses that have not bounced softly since then: the policy looks 30 days back.
DELETE FROM soft_bounce
 WHERE days[cardinality(days)] < (%(before)s::timestamptz AT TIME ZONE 'UTC')::date;

-- name: drop_event_partitions
-- Drop the months of events that ended by then, and return their tables' names.
SELECT drop_message_event_partitions(%(before)s::timestamptz) AS name;

-- name: messages_of
-- The messages that went to an address.
SELECT message_id
  FROM message
 WHERE lower(recipient) = lower(%(address)s::text);

-- name: forget_person
-- Take an address out of everything: its messages keep their statuses and counts, and lose whom
-- they went to, their data, what was written to them alone and what events told of them.
WITH theirs AS (
    SELECT message_id, content_id
      FROM message
     WHERE message_id = ANY (%(message_ids)s::uuid[])
), unnamed AS (
    UPDATE message
       SET recipient = '', data = NULL, user_id = NULL
      FROM theirs
     WHERE message.message_id = theirs.message_id
), emptied AS (
    UPDATE message_content AS content
       SET subject = NULL, html = NULL, body = NULL, headers = '{}', has_attachments = false
      FROM theirs
     WHERE content.content_id = theirs.content_id
       AND NOT EXISTS (SELECT FROM message AS other
                        WHERE other.content_id = content.content_id
                          AND other.message_id <> ALL (%(message_ids)s::uuid[]))
    RETURNING content.content_id
), detached AS (
    DELETE FROM message_attachment AS attachment
     USING emptied
     WHERE attachment.content_id = emptied.content_id
), withdrawn AS (
    -- What a provider may have in hand stays for its answer.
    DELETE FROM dispatch
     USING theirs
     WHERE dispatch.message_id = theirs.message_id
       AND dispatch.begun_at IS NULL
    RETURNING dispatch.message_id
), unsaid AS (
    UPDATE message_state AS state
       SET cause_detail = NULL,
           status = CASE WHEN withdrawn.message_id IS NULL THEN state.status
                         ELSE greatest(state.status, 'stopped') END
      FROM theirs
      LEFT JOIN withdrawn USING (message_id)
     WHERE state.message_id = theirs.message_id
), untold AS (
    UPDATE message_event AS event
       SET details = NULL, recipient = NULL, user_id = NULL
     WHERE event.message_id = ANY (%(message_ids)s::uuid[])
        OR event.message_id IS NULL AND lower(event.recipient) = lower(%(address)s::text)
    RETURNING event.event_key
), unread AS (
    -- Also where a longer address begins or ends so: rather too much than too little.
    UPDATE dead_letter
       SET body = ''
     WHERE position(lower(%(address)s::text) IN lower(body)) > 0
), uncounted AS (
    DELETE FROM soft_bounce WHERE address = lower(%(address)s::text)
), unlisted AS (
    DELETE FROM audience_member
     WHERE lower(address) = lower(%(address)s::text)
    RETURNING audience_id
), unsuppressed AS (
    DELETE FROM suppression
     WHERE address = lower(%(address)s::text)
       AND %(with_suppression)s::boolean
    RETURNING address
)
SELECT (SELECT count(*) FROM theirs) AS messages,
       (SELECT count(*) FROM untold) AS events,
       (SELECT count(*) FROM unlisted) AS audiences,
       (SELECT count(*) FROM unsuppressed) AS suppressions;

-- name: forget_suppression_changes
-- Let go of the history of an address that is on the suppression list no more.
DELETE FROM suppression_change
 WHERE address = lower(%(address)s::text)
   AND NOT EXISTS (SELECT FROM suppression WHERE address = lower(%(address)s::text));

-- name: forget_old_letters
-- Empty the dead letters that came before then: that they came, and why, stays.
UPDATE dead_letter
   SET body = ''
 WHERE received_at < %(before)s::timestamptz
   AND body <> '';
