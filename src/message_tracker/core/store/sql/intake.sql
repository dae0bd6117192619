-- name: find_request
-- The stored answer of a request with this Idempotency-Key.
SELECT body_hash, answer
  FROM request
 WHERE api_key_id = %(api_key_id)s::uuid
   AND idempotency_key = %(idempotency_key)s::text;

-- name: insert_request
-- Claim the Idempotency-Key. A concurrent request with the same key waits here for the first one's
-- end, and gets no row if that was a commit.
INSERT INTO request (request_id, api_key_id, idempotency_key, body_hash, answer, created_at)
VALUES (%(request_id)s::uuid, %(api_key_id)s::uuid, %(idempotency_key)s::text,
        %(body_hash)s::bytea, %(answer)s::jsonb, %(now)s::timestamptz)
ON CONFLICT (api_key_id, idempotency_key) DO NOTHING
RETURNING request_id;

-- name: insert_contents
-- What the request says, once per channel. The texts of a named template are not copied.
INSERT INTO message_content (content_id, subject, html, body, is_template, is_transliterated,
                             template_id, ses_template, has_attachments, headers, created_at)
SELECT content_id, subject, html, body, is_template, is_transliterated, template_id, ses_template,
       has_attachments, headers::jsonb, %(now)s::timestamptz
  FROM unnest(%(content_ids)s::uuid[], %(subjects)s::text[], %(htmls)s::text[],
              %(bodies)s::text[], %(are_templates)s::boolean[],
              %(are_transliterated)s::boolean[], %(template_ids)s::uuid[],
              %(ses_templates)s::text[], %(have_attachments)s::boolean[],
              %(headers)s::text[])
       AS new (content_id, subject, html, body, is_template, is_transliterated, template_id,
               ses_template, has_attachments, headers);

-- name: insert_messages
-- Every message with its state and its work for a sender, whatever their number.
WITH new AS (
    SELECT *
      FROM unnest(%(message_ids)s::uuid[], %(content_ids)s::uuid[], %(channels)s::channel[],
                  %(recipients)s::text[], %(data)s::text[], %(user_ids)s::text[],
                  %(segments)s::smallint[], %(encodings)s::text[])
           AS row (message_id, content_id, channel, recipient, data, user_id, segments, encoding)
), messages AS (
    INSERT INTO message (message_id, group_id, content_id, channel, kind, recipient, data, user_id,
                         report_type, is_test, segments, encoding, on_unconfirmed, send_at,
                         expires_at, created_at)
    SELECT message_id, %(group_id)s::uuid, content_id, channel, %(kind)s::message_kind, recipient,
           data::jsonb, user_id, %(report_type)s::text, %(is_test)s::boolean, segments, encoding,
           %(on_unconfirmed)s::on_unconfirmed, %(due_at)s::timestamptz,
           %(expires_at)s::timestamptz, %(now)s::timestamptz
      FROM new
), states AS (
    INSERT INTO message_state (message_id, group_id, channel, status)
    SELECT message_id, %(group_id)s::uuid, channel, %(status)s::message_status
      FROM new
)
INSERT INTO dispatch (message_id, group_id, channel, kind, units, due_at, expires_at,
                      on_unconfirmed)
SELECT message_id, %(group_id)s::uuid, channel, %(kind)s::message_kind,
       greatest(segments, 1::smallint), %(due_at)s::timestamptz, %(expires_at)s::timestamptz,
       %(on_unconfirmed)s::on_unconfirmed
  FROM new;

-- name: mark_enqueued
-- Chunks on a queue name these. One that a sender has meanwhile put off (it is due later now) or
-- begun is not ours to mark: the sweeper would leave it alone for a day.
UPDATE dispatch
   SET enqueued_at = %(enqueued_at)s::timestamptz
 WHERE message_id = ANY(%(message_ids)s::uuid[])
   AND enqueued_at IS NULL
   AND begun_at IS NULL
   AND due_at <= %(accepted_at)s::timestamptz;
