-- name: schema_number
-- Which migration the database stands at: an answer proves that it answers and is migrated.
SELECT max(number) AS number
  FROM schema_migration;
