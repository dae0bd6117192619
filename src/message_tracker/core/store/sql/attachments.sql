-- name: insert_attachments
-- The files of one content, in the order of the request.
INSERT INTO message_attachment (content_id, number, name, content_type, disposition, inline_id, file)
SELECT %(content_id)s::uuid, number, name, content_type, disposition, inline_id, file
  FROM unnest(%(names)s::text[], %(content_types)s::text[], %(dispositions)s::text[],
              %(inline_ids)s::text[], %(files)s::bytea[])
       WITH ORDINALITY AS new (name, content_type, disposition, inline_id, file, number);

-- name: attachments_of
-- The files of the contents of a chunk.
SELECT content_id, name, content_type, disposition, inline_id, file
  FROM message_attachment
 WHERE content_id = ANY (%(content_ids)s::uuid[])
 ORDER BY content_id, number;
