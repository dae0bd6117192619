-- name: backlog
-- The units that wait, by channel and kind: all but what is held, begun, or due later than then;
-- with the open circuits, and the state of the group of this id or name. It takes the same time
-- whatever the backlog: of a table of more than 200 pages so many are read, taken at random, and
-- stand for all. The sum of a large backlog is then right to about seven in a hundred, one in the
-- square root of the pages; that of a small one is exact.
WITH page AS (
    SELECT greatest(1, pg_relation_size('dispatch')
                       / (200.0 * current_setting('block_size')::integer)) AS of_pages
), waiting AS (
    SELECT channel, kind, sum(units) AS units
      FROM dispatch
           TABLESAMPLE SYSTEM (
               100 / greatest(1, pg_relation_size('dispatch')
                                 / (200.0 * current_setting('block_size')::integer)))
     WHERE begun_at IS NULL
       AND NOT is_held
       AND due_at <= %(due_at)s::timestamptz
     GROUP BY channel, kind
)
SELECT c.channel, k.kind,
       round(coalesce(waiting.units, 0) * page.of_pages)::bigint AS units,
       circuit.channel IS NOT NULL AS is_parked,
       (SELECT state
          FROM message_group
         WHERE group_id = %(group_id)s::uuid OR name = %(group_name)s::text) AS group_state
  FROM page
 CROSS JOIN unnest(enum_range(NULL::channel)) AS c (channel)
 CROSS JOIN unnest(enum_range(NULL::message_kind)) AS k (kind)
  LEFT JOIN waiting USING (channel, kind)
  LEFT JOIN circuit USING (channel);
