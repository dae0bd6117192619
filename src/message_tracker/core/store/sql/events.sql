-- name: ingest_events
-- Store a batch of events and project what is new onto their messages, in any order and any number
-- of times. `events` is a JSON array of DeliveryEvent, no key in it twice.
--
-- An event without our id is matched by the provider's; an id that is no message of ours matches
-- nothing. Of two copies of an event the richer details stay, and a copy that knows its message
-- tells one that did not: greatest() over jsonb's order makes that a join, like the status.
-- received_at moves when an event finds its message. So what was received by this very statement
-- is what nobody has projected yet, and all that counters and suppressions may look at.
--
-- Mail of another application is kept with its recipient, user and report type, for statistics; the
-- user is a header's, else the one its address belonged to. It moves nothing of ours.
WITH reported AS MATERIALIZED (
    SELECT *
      FROM jsonb_to_recordset(%(events)s::jsonb) AS event (
               event_key uuid, occurred_at timestamptz, message_id uuid, provider_message_id text,
               channel channel, type_name text, status message_status, is_final boolean,
               cause text, details jsonb, recipients jsonb
           )
), found AS (
    SELECT reported.*,
           -- Scalar, so one probe per event, whatever the planner thinks of the table.
           coalesce(
               (SELECT state.message_id FROM message_state AS state
                 WHERE state.message_id = reported.message_id),
               (SELECT state.message_id FROM message_state AS state
                 WHERE state.provider_message_id = reported.provider_message_id
                   AND state.channel = reported.channel
                 LIMIT 1)
           ) AS found_id
      FROM reported
     ORDER BY event_key -- everyone locks in one order, so nobody waits in a circle
), stored AS (
    INSERT INTO message_event AS event (
               event_key, occurred_at, received_at, message_id, provider_message_id, channel,
               event_type, status, is_final, cause, details, recipient, user_id, report_type
           )
    SELECT event_key, occurred_at, statement_timestamp(), found_id, provider_message_id, channel,
           type_name, status, is_final, cause, details,
           CASE WHEN found_id IS NULL THEN recipients ->> 0 END,
           CASE WHEN found_id IS NULL
                THEN coalesce(details ->> 'user_id', user_of_address(recipients ->> 0, occurred_at))
           END,
           CASE WHEN found_id IS NULL THEN details ->> 'report_type' END
      FROM found
    ON CONFLICT (event_key, occurred_at) DO UPDATE
       SET message_id  = coalesce(event.message_id, excluded.message_id),
           details     = greatest(event.details, excluded.details),
           received_at = CASE WHEN event.message_id IS NULL AND excluded.message_id IS NOT NULL
                              THEN excluded.received_at ELSE event.received_at END,
           (recipient, user_id, report_type) = (
               SELECT told.recipient,
                      coalesce(told.details ->> 'user_id',
                               user_of_address(told.recipient, event.occurred_at)),
                      told.details ->> 'report_type'
                 FROM (VALUES (greatest(event.recipient, excluded.recipient),
                               greatest(event.details, excluded.details)))
                      AS told (recipient, details)
                WHERE coalesce(event.message_id, excluded.message_id) IS NULL
           )
     WHERE (event.message_id IS NULL AND excluded.message_id IS NOT NULL)
        OR event.details < excluded.details
        OR (event.message_id IS NULL AND coalesce(event.recipient, '') < excluded.recipient)
    RETURNING message_id, event_key, occurred_at, provider_message_id, channel, event_type, status,
              is_final, cause, details, received_at = statement_timestamp() AS is_new,
              CASE WHEN event_type IN ('Open', 'Click')
                   THEN CASE WHEN details ? 'machine' THEN 'machine ' ELSE '' END || event_type
              END AS hit
), fact AS (
    SELECT message_id,
           max(status) AS status,
           bool_or(is_final) AS is_final,
           min(provider_message_id) AS provider_message_id,
           min(occurred_at) FILTER (WHERE status = 'sent') AS sent_at,
           min(occurred_at) FILTER (WHERE status = 'delayed') AS delayed_at,
           min(occurred_at) FILTER (WHERE status = 'delivered') AS delivered_at,
           min(occurred_at) FILTER (WHERE status IN ('undelivered', 'bounced')) AS bounced_at,
           min(occurred_at) FILTER (WHERE status = 'complained') AS complained_at,
           min(occurred_at) FILTER (WHERE hit = 'Open') AS opened_at,
           max(occurred_at) FILTER (WHERE hit = 'Open') AS last_opened_at,
           min(occurred_at) FILTER (WHERE hit = 'Click') AS clicked_at,
           max(occurred_at) FILTER (WHERE hit = 'Click') AS last_clicked_at,
           -- A key's first 13 characters are its time: of one time, the greatest link is the last.
           substr(max(left(event_key::text, 13) || (details ->> 'link') COLLATE "C")
                      FILTER (WHERE hit = 'Click'), 14) AS last_link,
           min(occurred_at) FILTER (
               WHERE event_type = 'Subscription' AND details @> '{"unsubscribe_all": true}'
           ) AS unsubscribed_at,
           count(*) FILTER (WHERE hit = 'Open' AND is_new) AS opens,
           count(*) FILTER (WHERE hit = 'machine Open' AND is_new) AS machine_opens,
           count(*) FILTER (WHERE hit = 'Click' AND is_new) AS clicks,
           count(*) FILTER (WHERE hit = 'machine Click' AND is_new) AS machine_clicks
      FROM stored
     WHERE message_id IS NOT NULL
     GROUP BY message_id
), saying AS (
    -- The earliest event that says the highest status says why it is so.
    SELECT DISTINCT ON (message_id)
           message_id, event_key, cause,
           coalesce(details ->> 'diagnostic', details ->> 'status_description',
                    details ->> 'smtp_response', details ->> 'error_message',
                    details ->> 'reason') AS cause_detail
      FROM stored
     WHERE message_id IS NOT NULL AND status IS NOT NULL
     ORDER BY message_id, status DESC, event_key
), projected AS (
    UPDATE message_state AS state
       SET status = greatest(state.status, fact.status),
           is_final = state.is_final OR fact.is_final,
           provider_message_id = least(state.provider_message_id, fact.provider_message_id),
           (cause, cause_detail, status_event_key) = (
               SELECT said.cause, said.cause_detail, said.event_key
                 FROM (VALUES
                          (fact.status, fact.event_key, true, fact.cause, fact.cause_detail),
                          (state.status, state.status_event_key, false, state.cause,
                           state.cause_detail)
                      ) AS said (status, event_key, is_now, cause, cause_detail)
                ORDER BY said.status DESC NULLS LAST, said.event_key, said.is_now DESC
                LIMIT 1
           ),
           failed_at = CASE WHEN fact.status >= 'sent' THEN NULL ELSE state.failed_at END,
           sent_at = least(state.sent_at, fact.sent_at),
           delayed_at = least(state.delayed_at, fact.delayed_at),
           delivered_at = least(state.delivered_at, fact.delivered_at),
           bounced_at = least(state.bounced_at, fact.bounced_at),
           complained_at = least(state.complained_at, fact.complained_at),
           opened_at = least(state.opened_at, fact.opened_at),
           last_opened_at = greatest(state.last_opened_at, fact.last_opened_at),
           clicked_at = least(state.clicked_at, fact.clicked_at),
           last_clicked_at = greatest(state.last_clicked_at, fact.last_clicked_at),
           last_link = CASE
                           WHEN state.last_clicked_at > fact.last_clicked_at
                             OR fact.last_clicked_at IS NULL THEN state.last_link
                           WHEN state.last_clicked_at = fact.last_clicked_at
                           THEN greatest(state.last_link COLLATE "C", fact.last_link)
                           ELSE fact.last_link
                       END,
           unsubscribed_at = least(state.unsubscribed_at, fact.unsubscribed_at),
           open_count = state.open_count + fact.opens,
           machine_open_count = state.machine_open_count + fact.machine_opens,
           click_count = state.click_count + fact.clicks,
           machine_click_count = state.machine_click_count + fact.machine_clicks
      FROM (SELECT * FROM fact LEFT JOIN saying USING (message_id) ORDER BY message_id) AS fact
     WHERE state.message_id = fact.message_id
), accused AS (
    -- The message's own address: a bounce may name the one it was forwarded to.
    SELECT stored.channel,
           (SELECT lower(message.recipient) FROM message
             WHERE message.message_id = stored.message_id) AS address,
           stored.details ->> 'suppress' AS reason,
           coalesce(stored.cause, stored.event_type) AS cause,
           stored.occurred_at
      FROM stored
     WHERE stored.details ? 'suppress'
       AND stored.message_id IS NOT NULL
       AND stored.is_new
), soft AS (
    INSERT INTO soft_bounce AS known (address, days)
    SELECT address, array_agg(DISTINCT day ORDER BY day)
      FROM (SELECT address, (occurred_at AT TIME ZONE 'UTC')::date AS day FROM accused
             WHERE reason = 'SOFT_BOUNCE') AS bounced
     WHERE %(soft_bounce_days)s::integer > 0
     GROUP BY address
     ORDER BY address
    ON CONFLICT (address) DO UPDATE
       SET days = (SELECT array_agg(DISTINCT day ORDER BY day)
                     FROM unnest(known.days || excluded.days) AS day)
    RETURNING address, days
), repeated AS (
    -- The day on which an address had bounced softly on so many days within 30.
    SELECT soft.address, min(soft.days[n]) AS day
      FROM soft, generate_series(%(soft_bounce_days)s::integer, cardinality(soft.days)) AS n
     WHERE soft.days[n] - soft.days[n - %(soft_bounce_days)s::integer + 1] < 30
     GROUP BY soft.address
), condemned AS (
    SELECT channel, address, reason::suppression_reason AS reason, cause, occurred_at
      FROM accused
     WHERE reason <> 'SOFT_BOUNCE'
     UNION ALL
    SELECT 'email', address, 'BOUNCE',
           format('Bounce/%%s soft in 30 days', %(soft_bounce_days)s::integer),
           day::timestamp AT TIME ZONE 'UTC'
      FROM repeated
), suppressed AS (
    -- The gravest reason stands, and whatever a person decided.
    INSERT INTO suppression AS known (channel, address, reason, cause, created_at)
    SELECT channel, address, max(reason), (array_agg(cause ORDER BY reason DESC, cause DESC))[1],
           min(occurred_at)
      FROM condemned
     GROUP BY channel, address
     ORDER BY channel, address
    ON CONFLICT (channel, address) DO UPDATE
       SET (reason, cause) = (
               SELECT said.reason, said.cause
                 FROM (VALUES (known.reason, known.cause), (excluded.reason, excluded.cause))
                      AS said (reason, cause)
                ORDER BY said.reason DESC, said.cause DESC NULLS LAST
                LIMIT 1
           ),
           created_at = least(known.created_at, excluded.created_at)
     WHERE known.reason <> 'MANUAL'
)
SELECT count(*) FILTER (WHERE is_new AND message_id IS NOT NULL) AS matched,
       count(*) FILTER (WHERE is_new AND message_id IS NULL) AS unmatched
  FROM stored;

-- name: matchable_events
-- Of the events received since then without a message, those whose message can be found by now,
-- in the form ingest_events takes. NULL if there are none.
WITH matchable AS (
    SELECT event.*
      FROM message_event AS event
     WHERE event.message_id IS NULL
       AND event.provider_message_id IS NOT NULL
       AND event.received_at >= %(since)s::timestamptz
       AND (SELECT state.message_id FROM message_state AS state
             WHERE state.provider_message_id = event.provider_message_id
               AND state.channel = event.channel
             LIMIT 1) IS NOT NULL
     ORDER BY event.received_at
     LIMIT %(most)s::integer
)
SELECT jsonb_agg(to_jsonb(matchable) || jsonb_build_object('type_name', event_type))::text AS events
  FROM matchable;

-- name: append_account_events
-- Keep what a provider told of the account, each once. `events` is a JSON array of AccountEvent.
INSERT INTO account_event (event_key, occurred_at, source, detail_type, detail)
SELECT event_key, occurred_at, source, detail_type, detail
  FROM jsonb_to_recordset(%(events)s::jsonb) AS event (
           event_key uuid, occurred_at timestamptz, source text, detail_type text, detail jsonb
       )
 ORDER BY event_key
ON CONFLICT (event_key) DO NOTHING;
