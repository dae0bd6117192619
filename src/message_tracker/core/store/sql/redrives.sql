-- A redrive: what was given up is put up to be sent again. The only statements beside a resumption
-- that lower a status, on a person's order.

-- name: select_messages
-- The messages of a selection, those that a redrive may revive first. What is not asked for is NULL,
-- and out of the plan before it is made: a group and a time are each found by an index. Test messages
-- are left out, as in the failure report, unless their group is named.
SELECT coalesce(
           array_agg(s.message_id
                     ORDER BY s.status BETWEEN 'stopped' AND 'unconfirmed' DESC, s.message_id),
           '{}'
       ) AS message_ids
  FROM message_state AS s
 WHERE (%(group_id)s::uuid IS NULL OR s.group_id = %(group_id)s::uuid)
   AND (%(group_name)s::text IS NULL
        OR s.group_id = (SELECT group_id FROM message_group WHERE name = %(group_name)s::text))
   AND (%(statuses)s::message_status[] IS NULL
        OR s.status = ANY (%(statuses)s::message_status[]))
   AND (%(cause)s::text IS NULL OR coalesce(s.cause, s.status::text) = %(cause)s::text)
   AND (%(since)s::timestamptz IS NULL OR s.failed_at >= %(since)s::timestamptz)
   AND (%(until)s::timestamptz IS NULL OR s.failed_at < %(until)s::timestamptz)
   AND (NOT %(is_given_up)s::boolean OR s.failed_at IS NOT NULL)
   AND (%(with_tests)s::boolean
        OR NOT (SELECT m.is_test FROM message AS m WHERE m.message_id = s.message_id));

-- name: candidates
-- What tells whether each of these messages may be redriven.
SELECT m.message_id, s.status, m.kind, g.state AS group_state, m.expires_at,
       m.recipient <> '' AS has_recipient,
       (SELECT array_agg(p.reason::text) FROM suppression AS p
         WHERE p.channel = m.channel AND p.address = lower(m.recipient)) AS suppression_reasons
  FROM message_state AS s
  JOIN message AS m USING (message_id)
  JOIN message_group AS g ON g.group_id = m.group_id
 WHERE s.message_id = ANY (%(message_ids)s::uuid[])
 ORDER BY m.message_id;

-- name: revive_messages
-- Put them up to be sent again, as if just accepted, with all their attempts before them; those that
-- still stand as given up, and that nobody else changes at this moment. The sweeper enqueues them.
WITH again AS (
    SELECT s.message_id
      FROM message_state AS s
     WHERE s.message_id = ANY (%(message_ids)s::uuid[])
       AND s.status BETWEEN 'stopped' AND 'unconfirmed'
       AND (s.status <> 'unconfirmed' OR %(even_if_sent_twice)s::boolean)
     ORDER BY s.message_id
       FOR UPDATE OF s SKIP LOCKED
), revived AS (
    UPDATE message_state AS s
       SET status = CASE WHEN m.send_at > %(now)s::timestamptz THEN 'scheduled'::message_status
                         ELSE 'queued' END,
           failed_at = NULL, cause = NULL, cause_detail = NULL,
           redriven_at = %(now)s::timestamptz
      FROM again
      JOIN message AS m USING (message_id)
     WHERE s.message_id = again.message_id
    RETURNING s.message_id
), put_up AS (
    INSERT INTO dispatch (message_id, group_id, channel, kind, units, due_at, expires_at,
                          on_unconfirmed)
    SELECT m.message_id, m.group_id, m.channel, m.kind, greatest(m.segments, 1::smallint),
           greatest(m.send_at, %(now)s::timestamptz),
           CASE WHEN m.expires_at > %(now)s::timestamptz THEN m.expires_at END, m.on_unconfirmed
      FROM revived
      JOIN message AS m USING (message_id)
    ON CONFLICT (message_id) DO NOTHING
)
SELECT message_id FROM revived;
