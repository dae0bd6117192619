-- name: keep_api_key
-- Keep a key's hash, and what the key opens. The hash of another key takes the place of the id's
-- first, as valid as new; the same one changes nothing, so that a revoked key stays revoked.
INSERT INTO api_key (api_key_id, name, key_hash, scopes, is_test, countries, requests_per_second,
                     messages_per_second, expires_at, created_at)
VALUES (%(api_key_id)s::uuid, %(name)s::text, %(key_hash)s::bytea, %(scopes)s::text[],
        %(is_test)s::boolean, %(countries)s::text[], %(requests_per_second)s::real,
        %(messages_per_second)s::real, %(expires_at)s::timestamptz, %(now)s::timestamptz)
ON CONFLICT (api_key_id) DO UPDATE
   SET key_hash = EXCLUDED.key_hash, revoked_at = NULL
 WHERE api_key.key_hash <> EXCLUDED.key_hash;

-- name: admit_caller
-- Who calls with a key of this hash, and how long the caller has to wait (0: not at all); a key that
-- was revoked or has expired is nobody's. One statement finds the key, takes a request of its rate
-- and notes that it is in use.
WITH known AS (
    SELECT api_key_id, key_hash, scopes, is_test, countries, requests_per_second,
           messages_per_second
      FROM api_key
     WHERE key_hash = %(key_hash)s::bytea
       AND revoked_at IS NULL
       AND (expires_at IS NULL OR expires_at > statement_timestamp())
), noted AS (
    UPDATE api_key AS k
       SET last_used_at = statement_timestamp()
      FROM known
     WHERE k.api_key_id = known.api_key_id
       AND (k.last_used_at IS NULL OR k.last_used_at < statement_timestamp() - interval '1 minute')
)
SELECT *,
       CASE
           WHEN requests_per_second IS NULL THEN interval '0'
           ELSE use_api_key(api_key_id, 'request', 1, requests_per_second)
       END AS wait
  FROM known;

-- name: charge_messages
-- Take so many messages of a key's rate; a wait other than 0 says that there was no room.
SELECT use_api_key(%(api_key_id)s::uuid, 'message', %(messages)s::integer,
                   %(messages_per_second)s::real) AS wait;

-- name: list_api_keys
-- All keys ever made, the newest first.
SELECT api_key_id, name, scopes, is_test, countries, requests_per_second, messages_per_second,
       created_at, expires_at, revoked_at, last_used_at
  FROM api_key
 ORDER BY api_key_id DESC;

-- name: revoke_api_key
-- From now on the key opens nothing; a second time changes nothing.
UPDATE api_key
   SET revoked_at = %(now)s::timestamptz
 WHERE api_key_id = %(api_key_id)s::uuid
   AND revoked_at IS NULL
RETURNING api_key_id;
