-- To whom we do not send: what people and the providers' own lists change of it, and why an address
-- cannot be reached. What events say against addresses is in events.sql.

-- name: name_suppression_changer
-- Say who changes the list in this transaction, for its history.
SELECT set_config('message_tracker.changed_by', %(changed_by)s::text, true);

-- name: suppressions_after
-- The next entries in the order of the primary key, of one channel or all, for one reason or all.
SELECT channel, address, reason, cause, note, message_id, event_key, created_at
  FROM suppression
 WHERE (channel, address, reason)
       > (%(after_channel)s::channel, %(after_address)s::text, %(after_reason)s::suppression_reason)
   AND (%(channel)s::channel IS NULL OR channel = %(channel)s::channel)
   AND (%(reason)s::suppression_reason IS NULL OR reason = %(reason)s::suppression_reason)
 ORDER BY channel, address, reason
 LIMIT %(most)s::integer;

-- name: suppressions_of
-- An address' entries, the gravest first.
SELECT channel, address, reason, cause, note, message_id, event_key, created_at
  FROM suppression
 WHERE channel = %(channel)s::channel
   AND address = %(address)s::text
 ORDER BY reason DESC;

-- name: suppression_history
-- What happened to an address on the list, the last first.
SELECT change, reason, changed_at, changed_by, cause, note, message_id, event_key
  FROM suppression_change
 WHERE channel = %(channel)s::channel
   AND address = %(address)s::text
 ORDER BY changed_at DESC, suppression_change_id DESC
 LIMIT %(most)s::integer;

-- name: soft_bounce_days_of
-- On which days (UTC) e-mail to an address bounced softly, each as YYYY-MM-DD.
SELECT array_to_json(days) AS days
  FROM soft_bounce
 WHERE address = %(address)s::text;

-- name: last_messages_to
-- The last messages to an address, as it was written or in lower case, and what became of them.
SELECT message_id, message.channel, kind, created_at, status, cause, cause_detail,
       state.sent_at, state.delivered_at, state.bounced_at
  FROM message
  JOIN message_state AS state USING (message_id)
 WHERE recipient IN (%(written)s::text, %(address)s::text)
   AND message.channel = %(channel)s::channel
 ORDER BY created_at DESC, message_id DESC
 LIMIT %(most)s::integer;

-- name: add_suppression
-- Put an address on the list, as a person decided; again, and the note is the last one.
INSERT INTO suppression AS known (channel, address, reason, note)
VALUES (%(channel)s::channel, %(address)s::text, 'MANUAL', %(note)s::text)
ON CONFLICT (channel, address, reason) DO UPDATE
   SET note = excluded.note
 WHERE known.note IS DISTINCT FROM excluded.note;

-- name: remove_suppressions
-- Take these reasons off an address; of a bounce, also what soft bounces were counted so far.
WITH recounted AS (
    DELETE FROM soft_bounce
     WHERE address = %(address)s::text
       AND %(channel)s::channel = 'email'
       AND 'BOUNCE' = ANY (%(reasons)s::suppression_reason[])
)
DELETE FROM suppression
 WHERE channel = %(channel)s::channel
   AND address = %(address)s::text
   AND reason = ANY (%(reasons)s::suppression_reason[])
RETURNING reason;

-- name: import_suppressions
-- Take over what a provider's own list has and ours has not, nothing that a person took off ours
-- since, and nothing that we may have put there ourselves. Returns how many addresses are new.
WITH imported AS (
    INSERT INTO suppression (channel, address, reason, cause, created_at)
    SELECT DISTINCT ON (listed.address)
           %(channel)s::channel, listed.address, listed.reason, %(cause)s::text, listed.since
      FROM unnest(
               %(addresses)s::text[], %(reasons)s::suppression_reason[], %(since)s::timestamptz[]
           ) AS listed (address, reason, since)
     WHERE listed.since
           > coalesce(suppression_removed_at(%(channel)s::channel, listed.address, listed.reason),
                      '-infinity')
       AND NOT EXISTS (SELECT FROM suppression AS known
                        WHERE known.channel = %(channel)s::channel
                          AND known.address = listed.address
                          AND known.reason <> 'UNSUBSCRIBE')
     ORDER BY listed.address
    ON CONFLICT (channel, address, reason) DO NOTHING
    RETURNING address
)
SELECT count(*) AS addresses FROM imported;
