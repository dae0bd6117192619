-- name: ingest_events
-- Store a batch of events and project what is new onto their messages, in any order and any number
-- of times. Each parameter is an array with one element per event, no key twice; of a channel and a
-- status it has the place in the enum.
--
-- An event without our id is matched by the provider's; an id that is no message of ours matches
-- nothing. Of two copies of an event the richer details stay, and a copy that knows its message
-- tells one that did not: a join, like the status. With its message, an event needs the provider's
-- id no more, and its row is a third shorter.
-- `first_at` and `last_at` are the earliest and the latest of the times. `raced` counts the events
-- that another transaction stored in this moment: run it again, and they are known.
-- received_at moves when an event finds its message. So what was received by this very statement
-- is what nobody has projected yet, and all that counters and suppressions may look at.
--
-- Mail of another application is kept with its recipient, user and report type, for statistics; the
-- user is a header's, else the one its address belonged to. It moves nothing of ours.
WITH told AS (
    -- In the SELECT list they advance together; in FROM each would be stored by itself first.
    SELECT unnest(%(event_keys)s::uuid[]) AS event_key,
           unnest(%(times)s::timestamptz[]) AS occurred_at,
           unnest(%(message_ids)s::uuid[]) AS message_id,
           unnest(%(provider_message_ids)s::text[]) AS provider_message_id,
           unnest(%(channels)s::smallint[]) AS channel,
           unnest(%(event_types)s::text[]) AS event_type,
           unnest(%(statuses)s::smallint[]) AS status,
           unnest(%(finals)s::boolean[]) AS is_final,
           unnest(%(causes)s::text[]) AS cause,
           unnest(%(effects)s::text[]) AS effect,
           unnest(%(details)s::text[]) AS details,
           unnest(%(cause_details)s::text[]) AS cause_detail,
           unnest(%(links)s::text[]) AS link,
           unnest(%(recipients)s::text[]) AS recipient
), reported AS MATERIALIZED (
    SELECT event_key, occurred_at, provider_message_id, event_type, is_final, cause, effect, details,
           cause_detail, link, recipient,
           (SELECT enum_range(NULL::channel))[channel] AS channel,
           (SELECT enum_range(NULL::message_status))[status] AS status,
           -- Scalar, so one probe per event, whatever the planner thinks of the table.
           coalesce(
               (SELECT state.message_id FROM message_state AS state
                 WHERE state.message_id = told.message_id),
               (SELECT state.message_id FROM message_state AS state
                 WHERE state.provider_message_id = told.provider_message_id
                   AND state.channel = (SELECT enum_range(NULL::channel))[told.channel]
                 LIMIT 1)
           ) AS message_id
      FROM told
), known AS MATERIALIZED (
    -- By the whole array the index is descended once a key, in the partitions of these times only.
    SELECT event_key
      FROM message_event
     WHERE event_key = ANY (%(event_keys)s::uuid[])
       AND occurred_at BETWEEN %(first_at)s::timestamptz AND %(last_at)s::timestamptz
), added AS (
    -- ON CONFLICT would do for all copies, and would lock each, which is written like an update.
    INSERT INTO message_event AS event (
               event_key, occurred_at, received_at, message_id, provider_message_id, channel,
               event_type, status, is_final, cause, effect, details, recipient, user_id, report_type
           )
    SELECT event_key, occurred_at, statement_timestamp(), message_id,
           CASE WHEN message_id IS NULL THEN provider_message_id END,
           channel, event_type, status, is_final, cause, effect, details,
           CASE WHEN message_id IS NULL THEN recipient END,
           CASE WHEN message_id IS NULL
                THEN coalesce(event_details(event_type, details, effect) ->> 'user_id',
                              user_of_address(recipient, occurred_at)) END,
           CASE WHEN message_id IS NULL
                THEN event_details(event_type, details, effect) ->> 'report_type' END
      FROM reported
     WHERE NOT EXISTS (SELECT FROM known WHERE known.event_key = reported.event_key)
     ORDER BY event_key -- everyone locks in one order, so nobody waits in a circle
    ON CONFLICT (event_key, occurred_at) DO NOTHING -- stored meanwhile: see `raced`
    RETURNING event.*
), retold AS (
    UPDATE message_event AS event
       SET message_id  = coalesce(event.message_id, copy.message_id),
           provider_message_id = CASE WHEN copy.message_id IS NULL
                                      THEN event.provider_message_id END,
           effect      = CASE WHEN richer_details(event.details, copy.details) = event.details
                              THEN event.effect ELSE copy.effect END,
           details     = richer_details(event.details, copy.details),
           received_at = CASE WHEN event.message_id IS NULL AND copy.message_id IS NOT NULL
                              THEN statement_timestamp() ELSE event.received_at END,
           (recipient, user_id, report_type) = (
               SELECT said.recipient,
                      coalesce(said.details ->> 'user_id',
                               user_of_address(said.recipient, event.occurred_at)),
                      said.details ->> 'report_type'
                 FROM (VALUES (greatest(event.recipient, copy.recipient),
                               event_details(event.event_type,
                                             richer_details(event.details, copy.details), NULL)))
                      AS said (recipient, details)
                WHERE coalesce(event.message_id, copy.message_id) IS NULL
           )
      FROM reported AS copy
     WHERE event.event_key = ANY (ARRAY(SELECT event_key FROM known ORDER BY event_key))
       AND event.occurred_at BETWEEN %(first_at)s::timestamptz AND %(last_at)s::timestamptz
       AND copy.event_key = event.event_key
       AND ((event.message_id IS NULL AND copy.message_id IS NOT NULL)
            OR richer_details(event.details, copy.details) IS DISTINCT FROM event.details
            OR (event.message_id IS NULL AND coalesce(event.recipient, '') < copy.recipient))
    RETURNING event.*
), stored AS (
    SELECT message_id, event_key, occurred_at, channel, event_type, status, is_final, cause, effect,
           received_at = statement_timestamp() AS is_new,
           CASE WHEN event_type IN ('Open', 'Click')
                THEN CASE WHEN effect IS NULL THEN '' ELSE 'machine ' END || event_type
           END AS hit,
           merged
      FROM (SELECT *, NULL::jsonb AS merged FROM added
             UNION ALL
            SELECT *, event_details(event_type, details, effect) FROM retold) AS event
), news AS (
    -- What is stored or found its message just now, with what is not stored of it. Of a message's,
    -- the earliest that says the highest status says why it is so.
    SELECT stored.*, reported.provider_message_id,
           CASE WHEN merged IS NULL THEN reported.link ELSE merged ->> 'link' END AS link,
           CASE WHEN merged IS NULL THEN reported.cause_detail
                ELSE coalesce(merged ->> 'diagnostic', merged ->> 'status_description',
                              merged ->> 'smtp_response', merged ->> 'error_message',
                              merged ->> 'reason')
           END AS cause_detail,
           status IS NOT NULL
               AND row_number() OVER (PARTITION BY stored.message_id
                                          ORDER BY status DESC NULLS LAST, event_key) = 1
               AS says_why
      FROM stored
      JOIN (SELECT event_key, provider_message_id, link, cause_detail FROM reported) AS reported
           USING (event_key)
     WHERE stored.message_id IS NOT NULL
), fact AS (
    SELECT message_id,
           max(status) AS status,
           bool_or(is_final) AS is_final,
           min(provider_message_id) AS provider_message_id,
           (array_agg(event_key) FILTER (WHERE says_why))[1] AS event_key,
           min(cause) FILTER (WHERE says_why) AS cause,
           min(cause_detail) FILTER (WHERE says_why) AS cause_detail,
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
           substr(max(left(event_key::text, 13) || link COLLATE "C")
                      FILTER (WHERE hit = 'Click'), 14) AS last_link,
           min(occurred_at) FILTER (
               WHERE event_type = 'Subscription' AND effect = 'UNSUBSCRIBE'
           ) AS unsubscribed_at,
           count(*) FILTER (WHERE hit = 'Open' AND is_new) AS opens,
           count(*) FILTER (WHERE hit = 'machine Open' AND is_new) AS machine_opens,
           count(*) FILTER (WHERE hit = 'Click' AND is_new) AS clicks,
           count(*) FILTER (WHERE hit = 'machine Click' AND is_new) AS machine_clicks
      FROM news
     GROUP BY message_id
     ORDER BY message_id
), projected AS (
    UPDATE message_state AS state
       SET status = greatest(state.status, fact.status),
           is_final = state.is_final OR fact.is_final,
           provider_message_id = least(state.provider_message_id, fact.provider_message_id),
           -- Why the status is what it is, is said by its earliest event: `fact` overrules what
           -- was said before by a higher status, or of the same one by no later key.
           cause = CASE WHEN fact.status > state.status
                          OR fact.status = state.status
                         AND fact.event_key <= coalesce(state.status_event_key, fact.event_key)
                        THEN fact.cause ELSE state.cause END,
           cause_detail = CASE WHEN fact.status > state.status
                                 OR fact.status = state.status
                                AND fact.event_key <= coalesce(state.status_event_key,
                                                               fact.event_key)
                               THEN fact.cause_detail ELSE state.cause_detail END,
           status_event_key = CASE WHEN fact.status > state.status
                                     OR fact.status = state.status
                                    AND fact.event_key <= coalesce(state.status_event_key,
                                                                   fact.event_key)
                                   THEN fact.event_key ELSE state.status_event_key END,
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
      FROM fact
     WHERE state.message_id = fact.message_id
), accused AS (
    -- The message's own address: a bounce may name the one it was forwarded to.
    SELECT stored.channel,
           (SELECT lower(message.recipient) FROM message
             WHERE message.message_id = stored.message_id) AS address,
           stored.effect AS reason,
           coalesce(stored.cause, stored.event_type) AS cause,
           stored.message_id, stored.event_key, stored.occurred_at
      FROM stored
     WHERE stored.effect IS NOT NULL
       AND stored.hit IS NULL
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
    -- The day on which an address had bounced softly on so many days within 30, all of them after
    -- the day on which a person last said that it works.
    SELECT soft.address, min(soft.days[n]) AS day
      FROM soft
     CROSS JOIN LATERAL (
               SELECT coalesce((suppression_removed_at('email', soft.address, 'BOUNCE')
                                AT TIME ZONE 'UTC')::date, '-infinity') AS removed_on
           ) AS last
     CROSS JOIN generate_series(%(soft_bounce_days)s::integer, cardinality(soft.days)) AS n
     WHERE soft.days[n] - soft.days[n - %(soft_bounce_days)s::integer + 1] < 30
       AND soft.days[n - %(soft_bounce_days)s::integer + 1] > last.removed_on
     GROUP BY soft.address
), condemned AS (
    SELECT channel, address, reason::suppression_reason AS reason, cause, message_id, event_key,
           occurred_at
      FROM accused
     WHERE reason <> 'SOFT_BOUNCE'
     UNION ALL
    SELECT 'email', address, 'BOUNCE',
           format('Bounce/%%s soft in 30 days', %(soft_bounce_days)s::integer), NULL, NULL,
           day::timestamp AT TIME ZONE 'UTC'
      FROM repeated
), suppressed AS (
    -- Each reason stands by itself, and what led to it first says why. What happened before a
    -- person took the address off the list does not put it there again.
    INSERT INTO suppression AS known (
               channel, address, reason, cause, message_id, event_key, created_at
           )
    SELECT DISTINCT ON (channel, address, reason)
           channel, address, reason, cause, message_id, event_key, occurred_at
      FROM condemned
     WHERE occurred_at > coalesce(suppression_removed_at(channel, address, reason), '-infinity')
     ORDER BY channel, address, reason, occurred_at, event_key NULLS LAST
    ON CONFLICT (channel, address, reason) DO UPDATE
       SET cause = excluded.cause, message_id = excluded.message_id,
           event_key = excluded.event_key, created_at = excluded.created_at
     WHERE (excluded.created_at, coalesce(excluded.event_key::text, 'g'))
           < (known.created_at, coalesce(known.event_key::text, 'g'))
), owed AS (
    -- Callbacks, of what is news only: what a replay finds after a week is told to nobody.
    INSERT INTO webhook_delivery (webhook_endpoint_id, callback_id, type, message_id, occurred_at)
    SELECT webhook_endpoint_id, event_key, called.type, message_id, occurred_at
      FROM webhook_endpoint
     CROSS JOIN stored
     CROSS JOIN LATERAL callback_type(status, event_type, effect) AS called (type)
     WHERE disabled_at IS NULL
       AND is_new AND message_id IS NOT NULL
       AND occurred_at > statement_timestamp() - interval '7 days'
       AND types && ARRAY['*', called.type] AND called.type IS NOT NULL
     ORDER BY webhook_endpoint_id, event_key
    ON CONFLICT DO NOTHING
    RETURNING callback_id
)
SELECT count(*) FILTER (WHERE is_new AND message_id IS NOT NULL) AS matched,
       count(*) FILTER (WHERE is_new AND message_id IS NULL) AS unmatched,
       (SELECT count(*) FROM owed) AS callbacks,
       (SELECT count(*) FROM reported) - (SELECT count(*) FROM known)
           - (SELECT count(*) FROM added) AS raced
  FROM stored;

-- name: matchable_events
-- Of the events received since then without a message, those whose message can be found by now,
-- as a JSON array of DeliveryEvent. NULL if there are none.
WITH matchable AS (
    SELECT event.event_key, event.occurred_at, event.message_id, event.provider_message_id,
           event.channel, event.event_type AS type_name, event.status, event.is_final, event.cause,
           event_details(event.event_type, event.details, event.effect) AS details,
           'UNKNOWN' AS event_type, NULL AS attempt_id, '[]'::jsonb AS recipients
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
SELECT jsonb_agg(to_jsonb(matchable))::text AS events
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
