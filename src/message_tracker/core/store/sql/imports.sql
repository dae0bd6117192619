-- name: insert_import
-- Accept a request whose recipients are read later.
INSERT INTO recipient_import (import_id, api_key_id, group_id, state, body, email_content_id, text_content_id,
                              bucket, object_key, etag, audience_id, created_at)
VALUES (%(import_id)s::uuid, %(api_key_id)s::uuid, %(group_id)s::uuid, %(state)s::import_state, %(body)s::jsonb,
        %(email_content_id)s::uuid, %(text_content_id)s::uuid, %(bucket)s::text,
        %(object_key)s::text, %(etag)s::text, %(audience_id)s::uuid, %(now)s::timestamptz);

-- name: claim_import
-- Take an import that nobody works on and whose group is active, the one that has waited longest.
-- The last claim's end orders them, so that one which always fails does not hold the others up.
WITH waiting AS (
    SELECT i.import_id
      FROM recipient_import AS i
      JOIN message_group AS g USING (group_id)
     WHERE i.finished_at IS NULL
       AND (i.claimed_until IS NULL OR i.claimed_until < %(now)s::timestamptz)
       AND g.state = 'active'
     ORDER BY i.claimed_until NULLS FIRST, i.import_id
     LIMIT 1
       FOR UPDATE OF i SKIP LOCKED
)
UPDATE recipient_import AS i
   SET claimed_until = %(claimed_until)s::timestamptz,
       attempts = attempts + 1
  FROM waiting, api_key AS k
 WHERE i.import_id = waiting.import_id
   AND k.api_key_id = i.api_key_id
RETURNING k.api_key_id, k.scopes, k.is_test, k.countries, k.messages_per_second,
          i.import_id, i.group_id, i.state, i.body, i.email_content_id, i.text_content_id,
          i.bucket, i.object_key, i.etag, i.audience_id, i.read_bytes, i.read_lines,
          i.last_channel, i.last_address, i.attempts, i.created_at;

-- name: lock_import
-- Keep an import and its group's state as they are until the batch is stored; no row if somebody
-- else has read on, or the group is no longer active.
SELECT i.import_id
  FROM recipient_import AS i
  JOIN message_group AS g USING (group_id)
 WHERE i.import_id = %(import_id)s::uuid
   AND i.state = %(state)s::import_state
   AND i.finished_at IS NULL
   AND i.read_bytes = %(read_bytes)s::bigint
   AND i.read_lines = %(read_lines)s::bigint
   AND g.state = 'active'
   FOR UPDATE OF i
   FOR SHARE OF g;

-- name: remember_recipients
-- Note whom an object names, and return those that it had not named before.
INSERT INTO import_recipient (import_id, recipient_hash)
SELECT %(import_id)s::uuid, recipient_hash
  FROM unnest(%(recipient_hashes)s::uuid[]) AS recipient_hash
ON CONFLICT (import_id, recipient_hash) DO NOTHING
RETURNING recipient_hash;

-- name: insert_refusals
-- Note the lines that nothing is sent to.
INSERT INTO import_refusal (import_id, line, detail)
SELECT %(import_id)s::uuid, line, detail
  FROM unnest(%(lines)s::bigint[], %(details)s::text[]) AS new (line, detail);

-- name: advance_import
-- Note how far an import was read and what became of it, in the transaction that stores that.
UPDATE recipient_import
   SET read_bytes    = %(read_bytes)s::bigint,
       read_lines    = %(read_lines)s::bigint,
       last_channel  = %(last_channel)s::channel,
       last_address  = %(last_address)s::text,
       accepted      = accepted + %(accepted)s::bigint,
       duplicates    = duplicates + %(duplicates)s::bigint,
       skipped       = skipped + %(skipped)s::bigint,
       refused       = refused + %(refused)s::bigint,
       attempts      = 0,
       claimed_until = %(claimed_until)s::timestamptz
 WHERE import_id = %(import_id)s::uuid;

-- name: end_check
-- Every line was checked: begin to import from the first line on, unless one was refused. Whoever
-- works on it keeps it.
UPDATE recipient_import
   SET state        = CASE WHEN refused = 0 THEN 'importing'::import_state ELSE 'refused' END,
       reason       = CASE WHEN refused > 0 THEN 'lines are bad, and `partial` was not asked for' END,
       body         = CASE WHEN refused = 0 THEN body ELSE '{}' END,
       finished_at  = CASE WHEN refused > 0 THEN %(now)s::timestamptz END,
       read_bytes   = CASE WHEN refused = 0 THEN 0 ELSE read_bytes END,
       read_lines   = CASE WHEN refused = 0 THEN 0 ELSE read_lines END,
       skipped      = CASE WHEN refused = 0 THEN 0 ELSE skipped END,
       last_channel = NULL,
       last_address = NULL
 WHERE import_id = %(import_id)s::uuid
   AND state = 'checking'
   AND finished_at IS NULL
RETURNING state;

-- name: forget_recipients
-- Let go of some of the hashes of an import that is read to its end.
DELETE FROM import_recipient
 WHERE import_id = %(import_id)s::uuid
   AND recipient_hash IN (
           SELECT recipient_hash
             FROM import_recipient
            WHERE import_id = %(import_id)s::uuid
            LIMIT %(most)s::integer
       )
RETURNING recipient_hash;

-- name: finish_import
-- End an import; what it was asked to do is in its contents and messages by now.
UPDATE recipient_import
   SET state = %(state)s::import_state, reason = %(reason)s::text, body = '{}',
       last_channel = NULL, last_address = NULL, claimed_until = NULL,
       finished_at = %(now)s::timestamptz
 WHERE import_id = %(import_id)s::uuid
   AND finished_at IS NULL;

-- name: release_import
-- Let the next importer go on, at once (NULL) or from a time on.
UPDATE recipient_import
   SET claimed_until = %(claimed_until)s::timestamptz, attempts = 0
 WHERE import_id = %(import_id)s::uuid
   AND finished_at IS NULL;

-- name: import_by_id
-- An import as its caller sees it.
SELECT i.import_id, i.group_id, g.state AS group_state, i.state, i.reason,
       's3://' || i.bucket || '/' || i.object_key AS recipients_url, a.name AS audience,
       i.read_lines AS lines, i.accepted, i.duplicates, i.skipped, i.refused, i.created_at, i.finished_at
  FROM recipient_import AS i
  JOIN message_group AS g USING (group_id)
  LEFT JOIN audience AS a USING (audience_id)
 WHERE i.import_id = %(import_id)s::uuid;

-- name: refusals_after
-- The next refused lines of an import.
SELECT line, detail
  FROM import_refusal
 WHERE import_id = %(import_id)s::uuid
   AND line > %(after)s::bigint
 ORDER BY line, detail
 LIMIT %(most)s::integer;
