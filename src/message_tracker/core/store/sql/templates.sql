-- Named templates and their versions, which are only ever added.

-- name: lock_template
-- Let one writer at a time have a name, until the end of its transaction.
SELECT pg_advisory_xact_lock(hashtextextended('template ' || %(name)s::text, 0));

-- name: put_template
-- Add a version, unless the latest says the same and may be sent: then return that.
WITH latest AS (
    SELECT *
      FROM template
     WHERE name = %(name)s::text
     ORDER BY version DESC
     LIMIT 1
), made AS (
    INSERT INTO template (template_id, name, version, subject, html, body, message, created_at)
    SELECT %(template_id)s::uuid, %(name)s::text,
           coalesce((SELECT version FROM latest), 0) + 1,
           %(subject)s::text, %(html)s::text, %(body)s::text, %(message)s::text,
           %(now)s::timestamptz
     WHERE NOT EXISTS (
        SELECT
          FROM latest
         WHERE archived_at IS NULL
           AND (subject, html, body, message) IS NOT DISTINCT FROM
               (%(subject)s::text, %(html)s::text, %(body)s::text, %(message)s::text))
    RETURNING *
)
SELECT * FROM made
 UNION ALL
SELECT * FROM latest WHERE NOT EXISTS (SELECT FROM made);

-- name: find_template
-- A version of a template, archived or not; the latest if none is asked for.
SELECT *
  FROM template
 WHERE name = %(name)s::text
   AND (%(version)s::integer IS NULL OR version = %(version)s::integer)
 ORDER BY version DESC
 LIMIT 1;

-- name: template_versions
-- A template's versions, the latest first.
SELECT *
  FROM template
 WHERE name = %(name)s::text
 ORDER BY version DESC
 LIMIT %(most)s::integer;

-- name: list_templates
-- The latest version of each template that is not archived, by name, a page at a time.
SELECT DISTINCT ON (name) *
  FROM template
 WHERE name > %(after)s::text
   AND archived_at IS NULL
 ORDER BY name, version DESC
 LIMIT %(most)s::integer;

-- name: archive_template
-- Let nothing new be sent by any version there is.
UPDATE template
   SET archived_at = %(now)s::timestamptz
 WHERE name = %(name)s::text
   AND archived_at IS NULL
RETURNING version;
