-- What became of a group's messages, in the few words that callers of the older services expect.

-- name: count_results
-- The group of this id or name, and how many of its messages stand where: what is added up, and what
-- changed since. Every message is in exactly one of the four.
SELECT coalesce(sum(messages), 0)::bigint AS total,
       coalesce(sum(messages) FILTER (WHERE status < 'stopped'), 0)::bigint AS created,
       coalesce(sum(messages) FILTER (WHERE status >= 'sent'), 0)::bigint AS sent,
       coalesce(sum(messages) FILTER (WHERE status > 'stopped' AND status < 'sent'), 0)::bigint
           AS failed,
       coalesce(sum(messages) FILTER (WHERE status = 'stopped'), 0)::bigint AS stopped
  FROM message_group AS g
  LEFT JOIN LATERAL (
           SELECT status, messages FROM group_tally WHERE group_id = g.group_id
            UNION ALL
           SELECT status, messages FROM tally_change WHERE group_id = g.group_id
       ) AS counted ON true
 WHERE g.group_id = %(group_id)s::uuid
    OR g.name = %(name)s::text
 GROUP BY g.group_id;
