-- name: begin_object
-- Open an object's account, or find it again: where reading goes on, and whether it is finished.
-- `is_forced` begins it anew.
INSERT INTO event_object AS known (bucket, object_key, etag)
VALUES (%(bucket)s::text, %(object_key)s::text, %(etag)s::text)
ON CONFLICT (bucket, object_key, etag) DO UPDATE
   SET read_bytes  = CASE WHEN %(is_forced)s::boolean THEN 0 ELSE known.read_bytes END,
       events      = CASE WHEN %(is_forced)s::boolean THEN 0 ELSE known.events END,
       quarantined = CASE WHEN %(is_forced)s::boolean THEN 0 ELSE known.quarantined END,
       finished_at = CASE WHEN %(is_forced)s::boolean THEN NULL ELSE known.finished_at END
RETURNING read_bytes, events, quarantined, finished_at IS NOT NULL AS is_finished;

-- name: advance_object
-- Note how far an object was read, in the transaction of the events read. The counts are those of
-- all bytes before, so two readers of one object agree, and the one behind changes nothing.
UPDATE event_object
   SET read_bytes  = %(read_bytes)s::bigint,
       events      = %(events)s::integer,
       quarantined = %(quarantined)s::integer,
       finished_at = CASE WHEN %(is_finished)s::boolean THEN now() END
 WHERE bucket = %(bucket)s::text
   AND object_key = %(object_key)s::text
   AND etag = %(etag)s::text
   AND read_bytes <= %(read_bytes)s::bigint
   AND finished_at IS NULL;

-- name: unfinished_objects
-- Of the objects listed, those that nobody has read to their end.
SELECT bucket, object_key, etag
  FROM unnest(%(buckets)s::text[], %(object_keys)s::text[], %(etags)s::text[])
       WITH ORDINALITY AS listed (bucket, object_key, etag, place)
 WHERE NOT EXISTS (
           SELECT FROM event_object AS known
            WHERE known.bucket = listed.bucket
              AND known.object_key = listed.object_key
              AND known.etag = listed.etag
              AND known.finished_at IS NOT NULL
       )
 ORDER BY place;
