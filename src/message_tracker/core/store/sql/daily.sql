-- The analysis of a day: what became of the messages accepted in it.

-- name: analyse_day
-- Count a day's messages by one thing they have in common, as far as events have told by now: late
-- ones count on the day of their message. All is added up here, so a million messages leave as a
-- few lines. Test messages are left out.
--
-- `foreign` is mail of other applications of the account, whose Send event came in the day; of it
-- only the events are known. A text's price is told by its events, up to `last_event` (a receipt may
-- come 72 hours late); of several the highest is the whole. Of mailbox providers and carriers, those
-- with fewer than `least` messages are counted together, as `other`: they may be one person's own.
WITH mailbox (domain, provider) AS (
    VALUES ('gmail.com', 'Gmail'), ('googlemail.com', 'Gmail'),
           ('outlook.com', 'Microsoft'), ('hotmail.com', 'Microsoft'), ('live.com', 'Microsoft'),
           ('msn.com', 'Microsoft'), ('outlook.de', 'Microsoft'), ('hotmail.de', 'Microsoft'),
           ('yahoo.com', 'Yahoo'), ('yahoo.de', 'Yahoo'), ('yahoo.co.uk', 'Yahoo'),
           ('ymail.com', 'Yahoo'), ('aol.com', 'Yahoo'),
           ('icloud.com', 'Apple'), ('me.com', 'Apple'), ('mac.com', 'Apple'),
           ('gmx.de', 'GMX and WEB.DE'), ('gmx.net', 'GMX and WEB.DE'), ('gmx.at', 'GMX and WEB.DE'),
           ('gmx.ch', 'GMX and WEB.DE'), ('gmx.com', 'GMX and WEB.DE'), ('web.de', 'GMX and WEB.DE'),
           ('t-online.de', 'Telekom'), ('proton.me', 'Proton'), ('protonmail.com', 'Proton')
), told AS (
    SELECT event.message_id,
           max(named ->> 'carrier') AS carrier,
           max((named ->> 'price')::numeric) AS price,
           max((named ->> 'carrier_fee')::numeric) AS carrier_fee
      FROM message_event AS event
     CROSS JOIN LATERAL event_details(event_type, event.details, effect) AS said (named)
     WHERE event.channel = 'text'
       AND event.message_id IS NOT NULL
       AND occurred_at >= %(start)s::timestamptz
       AND occurred_at < %(last_event)s::timestamptz
     GROUP BY event.message_id
), ours AS (
    SELECT m.channel, m.report_type, m.user_id, m.recipient, m.segments,
           coalesce(g.name, g.group_id::text) AS group_name, label.template,
           s.status, s.sent_at, s.delivered_at, s.delayed_at IS NOT NULL AS is_delayed,
           CASE WHEN s.status IN ('undelivered', 'bounced')
                THEN coalesce(nullif(split_part(s.cause, '/', 2), ''), 'Undetermined')
           END AS bounce_type,
           s.opened_at IS NOT NULL AS is_opened, s.clicked_at IS NOT NULL AS is_clicked,
           s.unsubscribed_at IS NOT NULL AS is_unsubscribed,
           told.carrier, told.price, told.carrier_fee
      FROM message AS m
      JOIN message_state AS s USING (message_id)
      JOIN message_group AS g ON g.group_id = m.group_id
      JOIN content_label AS label ON label.content_id = m.content_id
      LEFT JOIN told USING (message_id)
     WHERE m.created_at >= %(start)s::timestamptz
       AND m.created_at < %(end)s::timestamptz
       AND NOT m.is_test
), foreign_mail AS (
    SELECT channel, max(report_type) AS report_type, max(user_id) AS user_id,
           max(recipient) AS recipient, max(status) AS status,
           min(occurred_at) FILTER (WHERE status = 'sent') AS sent_at,
           min(occurred_at) FILTER (WHERE status = 'delivered') AS delivered_at,
           bool_or(coalesce(status = 'delayed', false)) AS is_delayed,
           max(split_part(cause, '/', 2)) FILTER (WHERE status = 'bounced') AS bounce_type,
           bool_or(event_type = 'Open' AND effect IS NULL) AS is_opened,
           bool_or(event_type = 'Click' AND effect IS NULL) AS is_clicked,
           bool_or(event_type = 'Subscription') AS is_unsubscribed
      FROM message_event
     WHERE message_id IS NULL
       AND provider_message_id IS NOT NULL
       AND recipient IS NOT NULL
       AND occurred_at >= %(start)s::timestamptz
       AND received_at >= %(start)s::timestamptz
     GROUP BY channel, provider_message_id
    HAVING min(occurred_at) FILTER (WHERE status = 'sent') < %(end)s::timestamptz
), everything AS (
    SELECT *, false AS is_foreign FROM ours
     UNION ALL
    SELECT channel, report_type, user_id, recipient, 0, '', '', status, sent_at, delivered_at,
           is_delayed, bounce_type, is_opened, is_clicked, is_unsubscribed, NULL, NULL, NULL, true
      FROM foreign_mail
), named AS (
    SELECT everything.*,
           CASE %(by)s::text
               WHEN 'channel' THEN channel::text
               WHEN 'report_type' THEN coalesce(report_type, '')
               WHEN 'group' THEN group_name
               WHEN 'template' THEN template
               WHEN 'user' THEN coalesce(user_id, '')
               WHEN 'origin' THEN CASE WHEN is_foreign THEN 'foreign' ELSE 'ours' END
               WHEN 'mailbox_provider' THEN coalesce(mailbox.provider, split_part(address, '@', 2))
               WHEN 'carrier' THEN coalesce(carrier, '')
           END AS name
      FROM everything
     CROSS JOIN LATERAL (SELECT lower(recipient)) AS said (address)
      LEFT JOIN mailbox ON mailbox.domain = split_part(address, '@', 2)
     WHERE (%(by)s::text <> 'mailbox_provider' OR channel = 'email')
       AND (%(by)s::text <> 'carrier' OR channel = 'text')
), counted AS (
    SELECT name, count(*) AS messages
      FROM named
     GROUP BY name
), labelled AS (
    SELECT named.*,
           CASE WHEN %(by)s::text IN ('mailbox_provider', 'carrier')
                 AND messages < %(least)s::integer
                 AND name <> ALL (SELECT provider FROM mailbox)
                THEN 'other' ELSE name END AS label
      FROM named
      JOIN counted USING (name)
)
SELECT label,
       count(*) AS accepted,
       count(*) FILTER (WHERE status >= 'sent') AS sent,
       count(delivered_at) AS delivered,
       count(*) FILTER (WHERE is_delayed) AS delayed,
       count(*) FILTER (WHERE bounce_type = 'Permanent') AS bounced_permanent,
       count(*) FILTER (WHERE bounce_type = 'Transient') AS bounced_transient,
       count(*) FILTER (WHERE bounce_type NOT IN ('Permanent', 'Transient')) AS bounced_otherwise,
       count(*) FILTER (WHERE status = 'complained') AS complained,
       count(*) FILTER (WHERE is_opened) AS opened,
       count(*) FILTER (WHERE is_clicked) AS clicked,
       count(*) FILTER (WHERE is_unsubscribed) AS unsubscribed,
       sum(segments)::bigint AS segments,
       sum(price) AS price,
       sum(carrier_fee) AS carrier_fee,
       (percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (
           ORDER BY extract(epoch FROM delivered_at - sent_at)
       ))::float8[] AS delivery_seconds
  FROM labelled
 GROUP BY label
 ORDER BY accepted DESC, label
 LIMIT %(limit)s::integer;
