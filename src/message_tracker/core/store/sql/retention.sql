-- What is let go of: by age, personal data first, or of one person.

-- name: forget_old_throttling
-- Let go of when messages were held back before then: reports tell of a week at most.
DELETE FROM throttling
 WHERE began_at < %(before)s::timestamptz;

-- name: forget_old_recipients
-- Of so many messages older than that, and settled, take away whom they went to and what was said
-- to them alone. Their statuses and counts stay.
WITH old AS (
    SELECT message_id
      FROM message
     WHERE created_at < %(before)s::timestamptz
       AND recipient > '' -- by the index, which those already forgotten stand at the beginning of
       AND NOT EXISTS (SELECT FROM dispatch WHERE dispatch.message_id = message.message_id)
     LIMIT %(most)s::integer
), unsaid AS (
    UPDATE message_state AS state
       SET cause_detail = NULL
      FROM old
     WHERE state.message_id = old.message_id
       AND state.cause_detail IS NOT NULL
)
UPDATE message
   SET recipient = '', data = NULL, user_id = NULL
  FROM old
 WHERE message.message_id = old.message_id;

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
-- Of the next so many events after a key, and older than that, take away the details (addresses,
-- agents, links, answers) and whose mail of others it was. What the projection needs of them, the
-- effect, names nobody and stays. Returns the last key of them, for the next part; no row when there
-- are none.
WITH old AS MATERIALIZED (
    SELECT event_key, occurred_at
      FROM message_event
     WHERE occurred_at < %(before)s::timestamptz
       AND event_key > %(after)s::uuid
     ORDER BY event_key
     LIMIT %(most)s::integer
), forgotten AS (
    UPDATE message_event AS event
       SET details = NULL, recipient = NULL, user_id = NULL
      FROM old
     WHERE event.event_key = old.event_key
       AND event.occurred_at = old.occurred_at
       AND (details IS NOT NULL OR recipient IS NOT NULL OR user_id IS NOT NULL)
    RETURNING event.event_key
)
SELECT event_key AS last, (SELECT count(*) FROM forgotten) AS forgotten
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
