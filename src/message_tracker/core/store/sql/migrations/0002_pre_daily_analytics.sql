-- Daily analytics, kept: which days are counted, their counts, and how late events are found.

-- What was received since a time: events are appended in that order, so a summary of each 32 pages
-- finds them, and costs next to nothing to keep. Building it reads all events once; until then none
-- is stored, and the queue keeps them.
CREATE INDEX message_event_by_receipt ON message_event USING brin (received_at)
    WITH (pages_per_range = 32, autosummarize = on);

-- A day (UTC) that somebody counts, or counted.
CREATE TABLE daily_run (
    day                date PRIMARY KEY,
    claimed_until      timestamptz, -- somebody counts it now
    counted_at         timestamptz, -- NULL: not yet
    events_until       timestamptz, -- what was received before then is counted, or made it late
    is_late            boolean NOT NULL DEFAULT false, -- more was told of it since: count it again
    mail_claimed_until timestamptz, -- somebody sends its mail now
    mailed_at          timestamptz
);

-- What became of a day's messages: by report type, group and template (network is NULL), and once
-- more by mailbox provider or carrier (those three are NULL). Both add up to the day. How long
-- deliveries took is kept as a histogram, so that any of these rows can be added up: see
-- delivery_bucket(). Nothing here is about a person.
CREATE TABLE daily_count (
    day               date NOT NULL REFERENCES daily_run,
    channel           channel NOT NULL,
    is_foreign        boolean NOT NULL, -- mail of other applications of the account
    report_type       text,
    group_id          uuid, -- NULL also for foreign mail, and for groups without a name that are small
    template          text,
    network           text, -- of an e-mail the mailbox provider, of a text the carrier
    accepted          integer NOT NULL,
    waiting           integer NOT NULL,
    not_sent          integer NOT NULL, -- given up on our side, stopped, or unconfirmed
    sent              integer NOT NULL,
    delivered         integer NOT NULL,
    delayed           integer NOT NULL,
    bounced_permanent integer NOT NULL,
    bounced_transient integer NOT NULL,
    bounced_otherwise integer NOT NULL,
    complained        integer NOT NULL,
    opened            integer NOT NULL,
    clicked           integer NOT NULL,
    unsubscribed      integer NOT NULL,
    segments          bigint NOT NULL,
    price             numeric, -- US dollars; NULL: no event told of any
    carrier_fee       numeric,
    buckets           smallint[], -- ascending; NULL: no delivery was timed
    timed             integer[],  -- and how many deliveries are in each
    CONSTRAINT daily_count_is_one_per_label
        UNIQUE NULLS NOT DISTINCT (day, channel, is_foreign, report_type, group_id, template, network)
);

-- The least key that an event of this time can have.
CREATE FUNCTION first_event_key(at timestamptz)
RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(floor(extract(epoch FROM at) * 1000)::bigint), 12, '0')
            || repeat('0', 20))::uuid
$$;

-- How long a delivery took, to within one fortieth: bucket n holds what took up to 1.05^n seconds
-- and more than 1.05^(n - 1). Counts of buckets add up, quantiles do not.
CREATE FUNCTION delivery_bucket(took interval)
RETURNS smallint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN took IS NOT NULL
                THEN ceil(ln(greatest(extract(epoch FROM took)::float8, 0.001)) / ln(1.05::float8))
           END::smallint
$$;

-- The seconds that stand for a bucket: nowhere in it are they wrong by more than one fortieth.
CREATE FUNCTION seconds_of_bucket(bucket smallint)
RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
    SELECT 2 * power(1.05::float8, bucket::float8) / 2.05
$$;

-- Whose the mailboxes of a well-known domain are; NULL for any other.
CREATE FUNCTION mailbox_provider(domain text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN domain IN ('gmail.com', 'googlemail.com') THEN 'Gmail'
        WHEN domain IN ('outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'outlook.de',
                        'hotmail.de') THEN 'Microsoft'
        WHEN domain IN ('yahoo.com', 'yahoo.de', 'yahoo.co.uk', 'ymail.com', 'aol.com') THEN 'Yahoo'
        WHEN domain IN ('icloud.com', 'me.com', 'mac.com') THEN 'Apple'
        WHEN domain IN ('gmx.de', 'gmx.net', 'gmx.at', 'gmx.ch', 'gmx.com', 'web.de')
        THEN 'GMX and WEB.DE'
        WHEN domain = 't-online.de' THEN 'Telekom'
        WHEN domain IN ('proton.me', 'protonmail.com') THEN 'Proton'
    END
$$;

-- What became of each message accepted within a time, as far as events have told by now: late ones
-- count with their message. Test messages are left out.
--
-- Foreign is mail of other applications of the account whose Send event is of that time. Only events
-- know of it: those up to seven days later. A text's price and carrier are told by its events, up to
-- 72 hours later, when the last receipt may come; of several prices the highest is the whole.
CREATE FUNCTION outcomes_between(since timestamptz, until timestamptz)
RETURNS TABLE (
    channel channel, is_foreign boolean, report_type text, group_id uuid, template text,
    network text, is_known_network boolean, user_id text, status message_status, segments integer,
    is_delivered boolean, bucket smallint, is_delayed boolean, bounce_type text, is_opened boolean,
    is_clicked boolean, is_unsubscribed boolean, price numeric, carrier_fee numeric
) LANGUAGE sql STABLE AS $$
    WITH told AS (
        SELECT event.message_id, max(say.carrier) AS carrier, max(say.price) AS price,
               max(say.carrier_fee) AS carrier_fee
          FROM message_event AS event
         CROSS JOIN LATERAL (
             -- Details are an array in the order of their names, or an object.
             SELECT CASE WHEN is_named THEN said ->> 'carrier'
                         ELSE said ->> (array_position(names, 'carrier') - 1) END AS carrier,
                    CASE WHEN is_named THEN said ->> 'price'
                         ELSE said ->> (array_position(names, 'price') - 1) END::numeric AS price,
                    CASE WHEN is_named THEN said ->> 'carrier_fee'
                         ELSE said ->> (array_position(names, 'carrier_fee') - 1)
                    END::numeric AS carrier_fee
               FROM (SELECT event.details::jsonb AS said, event.details LIKE '{%' AS is_named,
                            event_detail_names('TEXT_SENT') AS names
                     OFFSET 0) AS parsed
         ) AS say
         WHERE event.channel = 'text'
           AND event.message_id IS NOT NULL
           AND event.details IS NOT NULL
           AND event.event_key >= first_event_key(since)
           AND event.event_key < first_event_key(until + interval '72 hours')
           AND event.occurred_at >= since
           AND event.occurred_at < until + interval '72 hours'
           AND EXISTS (SELECT
                         FROM message AS theirs
                        WHERE theirs.message_id = event.message_id
                          AND theirs.created_at >= since
                          AND theirs.created_at < until)
         GROUP BY event.message_id
    ), foreign_mail AS (
        SELECT event.channel, max(event.report_type) AS report_type, max(event.user_id) AS user_id,
               max(event.recipient) AS recipient, max(event.status) AS status,
               min(occurred_at) FILTER (WHERE event.status = 'sent') AS sent_at,
               min(occurred_at) FILTER (WHERE event.status = 'delivered') AS delivered_at,
               bool_or(coalesce(event.status = 'delayed', false)) AS is_delayed,
               max(cause) FILTER (WHERE event.status = 'undelivered') AS soft_cause,
               max(cause) FILTER (WHERE event.status = 'bounced') AS hard_cause,
               bool_or(event_type = 'Open' AND effect IS NULL) AS is_opened,
               bool_or(event_type = 'Click' AND effect IS NULL) AS is_clicked,
               bool_or(event_type = 'Subscription') AS is_unsubscribed
          FROM message_event AS event
         WHERE event.message_id IS NULL
           AND event.provider_message_id IS NOT NULL
           AND event.recipient IS NOT NULL
           AND event.event_key >= first_event_key(since)
           AND event.event_key < first_event_key(until + interval '7 days')
           AND event.occurred_at >= since
           AND event.occurred_at < until + interval '7 days'
           AND event.received_at >= since
         GROUP BY event.channel, event.provider_message_id
        HAVING min(occurred_at) FILTER (WHERE event.status = 'sent') < until
    ), everything AS (
        SELECT m.channel, false AS is_foreign, coalesce(m.report_type, '') AS report_type, m.group_id,
               label.template, m.user_id, split_part(lower(m.recipient), '@', 2) AS domain,
               told.carrier, s.status, m.segments::integer AS segments, s.sent_at, s.delivered_at,
               s.delayed_at IS NOT NULL AS is_delayed, s.cause, s.opened_at IS NOT NULL AS is_opened,
               s.clicked_at IS NOT NULL AS is_clicked,
               s.unsubscribed_at IS NOT NULL AS is_unsubscribed, told.price, told.carrier_fee
          FROM message AS m
          JOIN message_state AS s USING (message_id)
          JOIN content_label AS label ON label.content_id = m.content_id
          LEFT JOIN told USING (message_id)
         WHERE m.created_at >= since
           AND m.created_at < until
           AND NOT m.is_test
         UNION ALL
        SELECT f.channel, true, coalesce(f.report_type, ''), NULL, '', f.user_id,
               split_part(lower(f.recipient), '@', 2), NULL, f.status, 0, f.sent_at, f.delivered_at,
               f.is_delayed, CASE f.status WHEN 'bounced' THEN hard_cause ELSE soft_cause END,
               f.is_opened, f.is_clicked, f.is_unsubscribed, NULL, NULL
          FROM foreign_mail AS f
    )
    SELECT channel, is_foreign, report_type, group_id, template,
           CASE channel WHEN 'email' THEN coalesce(mailbox_provider(domain), domain)
                        ELSE coalesce(carrier, '') END,
           channel = 'email' AND mailbox_provider(domain) IS NOT NULL,
           user_id, status, segments, delivered_at IS NOT NULL,
           delivery_bucket(delivered_at - sent_at), is_delayed,
           CASE WHEN status IN ('undelivered', 'bounced')
                THEN coalesce(nullif(split_part(cause, '/', 2), ''), 'Undetermined') END,
           is_opened, is_clicked, is_unsubscribed, price, carrier_fee
      FROM everything
$$;

-- The same, added up as daily_count keeps it. What is small is not told apart, for it may be one
-- person's own: mailbox providers (those that are not well known) and carriers of fewer than ten
-- messages are 'other', and groups without a name of fewer than ten are NULL.
CREATE FUNCTION counts_between(since timestamptz, until timestamptz)
RETURNS TABLE (
    channel channel, is_foreign boolean, report_type text, group_id uuid, template text,
    network text, accepted bigint, waiting bigint, not_sent bigint, sent bigint, delivered bigint,
    delayed bigint, bounced_permanent bigint, bounced_transient bigint, bounced_otherwise bigint,
    complained bigint, opened bigint, clicked bigint, unsubscribed bigint, segments bigint,
    price numeric, carrier_fee numeric, buckets smallint[], timed integer[]
) LANGUAGE sql STABLE AS $$
    WITH counted AS (
        SELECT o.channel, o.is_foreign, o.report_type, o.group_id, o.template, o.network,
               o.is_known_network, o.bucket, grouping(o.network) = 0 AS is_by_network,
               count(*) AS accepted,
               count(*) FILTER (WHERE o.status < 'stopped') AS waiting,
               count(*) FILTER (WHERE o.status >= 'stopped' AND o.status < 'sent') AS not_sent,
               count(*) FILTER (WHERE o.status >= 'sent') AS sent,
               count(*) FILTER (WHERE o.is_delivered) AS delivered,
               count(*) FILTER (WHERE o.is_delayed) AS delayed,
               count(*) FILTER (WHERE o.bounce_type = 'Permanent') AS bounced_permanent,
               count(*) FILTER (WHERE o.bounce_type = 'Transient') AS bounced_transient,
               count(*) FILTER (WHERE o.bounce_type NOT IN ('Permanent', 'Transient'))
                   AS bounced_otherwise,
               count(*) FILTER (WHERE o.status = 'complained') AS complained,
               count(*) FILTER (WHERE o.is_opened) AS opened,
               count(*) FILTER (WHERE o.is_clicked) AS clicked,
               count(*) FILTER (WHERE o.is_unsubscribed) AS unsubscribed,
               sum(o.segments) AS segments,
               sum(o.price) AS price,
               sum(o.carrier_fee) AS carrier_fee
          FROM outcomes_between(since, until) AS o
         GROUP BY GROUPING SETS (
             (o.channel, o.is_foreign, o.report_type, o.group_id, o.template, o.bucket),
             (o.channel, o.is_foreign, o.network, o.is_known_network, o.bucket)
         )
    ), sized AS (
        SELECT *,
               sum(counted.accepted) OVER (
                   PARTITION BY counted.is_by_network, counted.channel, counted.network,
                                counted.group_id
               ) AS size
          FROM counted
    ), merged AS (
        SELECT sized.channel, sized.is_foreign, sized.report_type,
               CASE WHEN sized.size >= 10 OR g.name IS NOT NULL THEN sized.group_id END AS group_id,
               sized.template,
               CASE WHEN sized.is_by_network AND sized.size < 10 AND NOT sized.is_known_network
                    THEN 'other' ELSE sized.network END AS network,
               sized.bucket,
               sum(sized.accepted) AS accepted, sum(sized.waiting) AS waiting,
               sum(sized.not_sent) AS not_sent, sum(sized.sent) AS sent,
               sum(sized.delivered) AS delivered, sum(sized.delayed) AS delayed,
               sum(sized.bounced_permanent) AS bounced_permanent,
               sum(sized.bounced_transient) AS bounced_transient,
               sum(sized.bounced_otherwise) AS bounced_otherwise,
               sum(sized.complained) AS complained, sum(sized.opened) AS opened,
               sum(sized.clicked) AS clicked, sum(sized.unsubscribed) AS unsubscribed,
               sum(sized.segments) AS segments, sum(sized.price) AS price,
               sum(sized.carrier_fee) AS carrier_fee
          FROM sized
          LEFT JOIN message_group AS g ON g.group_id = sized.group_id
         GROUP BY 1, 2, 3, 4, 5, 6, 7
    )
    SELECT merged.channel, merged.is_foreign, merged.report_type, merged.group_id, merged.template,
           merged.network, sum(merged.accepted)::bigint, sum(merged.waiting)::bigint,
           sum(merged.not_sent)::bigint, sum(merged.sent)::bigint, sum(merged.delivered)::bigint,
           sum(merged.delayed)::bigint, sum(merged.bounced_permanent)::bigint,
           sum(merged.bounced_transient)::bigint, sum(merged.bounced_otherwise)::bigint,
           sum(merged.complained)::bigint, sum(merged.opened)::bigint, sum(merged.clicked)::bigint,
           sum(merged.unsubscribed)::bigint, sum(merged.segments)::bigint, sum(merged.price),
           sum(merged.carrier_fee),
           array_agg(merged.bucket ORDER BY merged.bucket) FILTER (WHERE merged.bucket IS NOT NULL),
           array_agg(merged.accepted::integer ORDER BY merged.bucket)
               FILTER (WHERE merged.bucket IS NOT NULL)
      FROM merged
     GROUP BY 1, 2, 3, 4, 5, 6
$$;
