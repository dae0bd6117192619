-- The circuits of the channels: a row is an open one. The statements of claim and begin obey it.

-- name: open_circuit
-- Open the channel's circuit; if it is open, and it was the probe that met the fault, wait twice as
-- long for the next. What was under way when the circuit opened changes nothing.
INSERT INTO circuit AS c (channel, cause, cause_detail, opened_at, probe_at, refused_message_id)
VALUES (%(channel)s::channel, %(cause)s::text, %(cause_detail)s::text, %(now)s::timestamptz,
        %(now)s::timestamptz + %(first_wait)s::interval, %(message_id)s::uuid)
ON CONFLICT (channel) DO UPDATE
   SET cause = excluded.cause,
       cause_detail = excluded.cause_detail,
       probe_at = excluded.opened_at
                  + least(%(longest_wait)s::interval,
                          %(first_wait)s::interval * power(2, least(c.failed_probes + 1, 16))),
       probe_message_id = NULL,
       refused_message_id = excluded.refused_message_id,
       failed_probes = least(c.failed_probes + 1, 1000)
 WHERE c.probe_message_id = excluded.refused_message_id
RETURNING failed_probes = 0 AS is_new;

-- name: close_circuit_by_probe
-- The probe went through: everything may.
DELETE FROM circuit
 WHERE channel = %(channel)s::channel
   AND probe_message_id = %(message_id)s::uuid
RETURNING channel;

-- name: close_circuit
-- A person has mended the fault, and does not wait for the next probe.
DELETE FROM circuit
 WHERE channel = %(channel)s::channel
RETURNING channel;

-- name: open_circuits
-- The open circuits.
SELECT channel, cause, cause_detail, opened_at, probe_at, failed_probes
  FROM circuit
 ORDER BY channel;

-- name: take_probes
-- Of every open channel whose time has come, let one message pass: the one due longest, but another
-- than the last refused if there is another. It is claimed until the queue has it, as in take_due.
WITH ripe AS (
    SELECT channel, refused_message_id
      FROM circuit
     WHERE probe_at <= %(now)s::timestamptz
     ORDER BY channel
     LIMIT 2 -- a row per channel: so few that every search below is one of an index
       FOR UPDATE SKIP LOCKED
), candidate AS (
    SELECT DISTINCT ON (r.channel) r.channel, d.message_id
      FROM ripe AS r
     CROSS JOIN LATERAL (
         SELECT message_id, due_at
           FROM dispatch
          WHERE channel = r.channel
            AND enqueued_at IS NULL
            AND begun_at IS NULL
            AND NOT is_held
            AND due_at <= %(now)s::timestamptz
          ORDER BY due_at
          LIMIT 2
            FOR UPDATE SKIP LOCKED
     ) AS d
     ORDER BY r.channel, d.message_id = r.refused_message_id, d.due_at
), probing AS (
    UPDATE circuit AS c
       SET probe_message_id = p.message_id,
           probe_at = %(now)s::timestamptz + %(patience)s::interval
      FROM candidate AS p
     WHERE c.channel = p.channel
)
UPDATE dispatch AS d
   SET enqueued_at = %(now)s::timestamptz,
       claim_id = %(claim_id)s::uuid,
       claimed_until = %(claimed_until)s::timestamptz
  FROM candidate AS p
 WHERE d.message_id = p.message_id
RETURNING d.message_id, d.channel;
