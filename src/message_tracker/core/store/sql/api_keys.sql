-- name: insert_api_key
-- Keep a new key's hash.
INSERT INTO api_key (api_key_id, name, key_hash, created_at)
VALUES (%(api_key_id)s::uuid, %(name)s::text, %(key_hash)s::bytea, %(now)s::timestamptz);

-- name: find_api_key
-- Who calls with a key of this hash; a revoked key is nobody's.
SELECT api_key_id, key_hash
  FROM api_key
 WHERE key_hash = %(key_hash)s::bytea
   AND revoked_at IS NULL;

-- name: list_api_keys
-- All keys ever made, the newest first.
SELECT api_key_id, name, created_at, revoked_at
  FROM api_key
 ORDER BY api_key_id DESC;

-- name: revoke_api_key
-- From now on the key opens nothing; a second time changes nothing.
UPDATE api_key
   SET revoked_at = %(now)s::timestamptz
 WHERE api_key_id = %(api_key_id)s::uuid
   AND revoked_at IS NULL
RETURNING api_key_id;
