-- Whom we call back.

-- name: add_webhook
-- Keep a new endpoint.
INSERT INTO webhook_endpoint (webhook_endpoint_id, url, description, types, secret, created_at)
VALUES (%(webhook_id)s::uuid, %(url)s::text, %(description)s::text, %(types)s::text[],
        %(secret)s::bytea, %(now)s::timestamptz);

-- name: webhooks
-- All endpoints, the oldest first; without their secrets.
SELECT webhook_endpoint_id, url, description, types, created_at, failing_since, disabled_at,
       disabled_because, previous_secret_until
  FROM webhook_endpoint
 ORDER BY webhook_endpoint_id;

-- name: webhook_by_id
-- One endpoint, without its secret.
SELECT webhook_endpoint_id, url, description, types, created_at, failing_since, disabled_at,
       disabled_because, previous_secret_until
  FROM webhook_endpoint
 WHERE webhook_endpoint_id = %(webhook_id)s::uuid;

-- name: change_webhook
-- Change what is given of an endpoint; NULL leaves a column as it is. Whoever enables it has mended
-- it, so that it is given all the patience anew.
UPDATE webhook_endpoint
   SET url = coalesce(%(url)s::text, url),
       description = coalesce(%(description)s::text, description),
       types = coalesce(%(types)s::text[], types),
       failing_since = CASE WHEN %(is_enabled)s::boolean THEN NULL ELSE failing_since END,
       disabled_at = CASE WHEN %(is_enabled)s::boolean THEN NULL
                          WHEN NOT %(is_enabled)s::boolean
                          THEN coalesce(disabled_at, %(now)s::timestamptz)
                          ELSE disabled_at END,
       disabled_because = CASE WHEN %(is_enabled)s::boolean THEN NULL
                               WHEN NOT %(is_enabled)s::boolean
                               THEN coalesce(disabled_because, 'by request')
                               ELSE disabled_because END
 WHERE webhook_endpoint_id = %(webhook_id)s::uuid
RETURNING webhook_endpoint_id;

-- name: remove_webhook
-- Forget an endpoint. What it was owed is never called, and goes with the old deliveries.
DELETE FROM webhook_endpoint
 WHERE webhook_endpoint_id = %(webhook_id)s::uuid
RETURNING webhook_endpoint_id;

-- name: rotate_webhook_secret
-- Give an endpoint a new secret; the one before signs as well for a while.
UPDATE webhook_endpoint
   SET previous_secret = secret,
       previous_secret_until = %(until)s::timestamptz,
       secret = %(secret)s::bytea
 WHERE webhook_endpoint_id = %(webhook_id)s::uuid
RETURNING webhook_endpoint_id;
