-- The whole schema as it stands after every migration, for reading. A test compares it with the
-- migrations' sum. PostgreSQL 15 and later; nothing beyond what Aurora PostgreSQL has.

CREATE TYPE channel AS ENUM ('email', 'text');
CREATE TYPE message_kind AS ENUM ('transactional', 'marketing');
CREATE TYPE on_unconfirmed AS ENUM ('retry', 'hold');
CREATE TYPE group_state AS ENUM ('active', 'paused', 'stopped');
CREATE TYPE import_state AS ENUM (
    'checking', 'importing', 'finished', 'refused', 'failed'
);

-- In ascending order: greatest(one, other) is the join of two statuses.
CREATE TYPE message_status AS ENUM (
    'scheduled', 'queued', 'sending', 'stopped', 'expired', 'suppressed', 'failed', 'unconfirmed',
    'sent', 'delayed', 'rejected', 'undelivered', 'delivered', 'bounced', 'complained'
);

-- Why an address is not sent to, in ascending order: of several reasons the last is named. What a
-- person decided stands above all that events tell.
CREATE TYPE suppression_reason AS ENUM (
    'UNSUBSCRIBE', 'OPT_OUT', 'BOUNCE', 'COMPLAINT', 'MANUAL'
);
CREATE TYPE suppression_change_kind AS ENUM ('added', 'changed', 'removed');

-- Who may call the API, and what a key opens. The key itself is never stored.
CREATE TABLE api_key (
    api_key_id          uuid PRIMARY KEY,
    name                text NOT NULL CONSTRAINT api_key_has_a_name CHECK (name <> ''),
    key_hash            bytea NOT NULL CONSTRAINT api_key_hash_is_unique UNIQUE, -- SHA-256
    scopes              text[] NOT NULL,
    is_test             boolean NOT NULL, -- what it sends reaches the providers' simulators alone
    countries           text[], -- ISO 3166-1 alpha-2, that it may text to; NULL: any
    requests_per_second real,   -- NULL: no limit
    messages_per_second real,   -- NULL: no limit
    created_at          timestamptz NOT NULL DEFAULT now(),
    expires_at          timestamptz,
    revoked_at          timestamptz,
    last_used_at        timestamptz, -- to the minute: not every request writes
    CONSTRAINT api_key_scopes_are_known CHECK (
        scopes <> '{}' AND scopes <@ ARRAY['send:email', 'send:sms', 'read', 'admin']
    ),
    CONSTRAINT api_key_rates_are_positive CHECK (
        requests_per_second > 0 AND messages_per_second > 0
    )
);

-- Until when what a key has used of a rate is paid for, as in the generic cell rate algorithm (ITU-T
-- I.371). Not logged: a request that writes nothing else waits for no disk, and after a crash of
-- Postgres every key starts afresh.
CREATE UNLOGGED TABLE api_key_rate (
    api_key_id uuid NOT NULL REFERENCES api_key,
    unit       text NOT NULL CONSTRAINT api_key_rate_unit_is_known
        CHECK (unit IN ('request', 'message')),
    paid_until timestamptz NOT NULL,
    PRIMARY KEY (api_key_id, unit)
) WITH (fillfactor = 50);

-- Take so many units of a key's rate and return no wait; or take none, and return how long to wait.
-- There is room for a second's worth, or for this very use if it is larger. The row's lock makes it
-- exact for any number of callers at once.
CREATE FUNCTION use_api_key(key_id uuid, used_unit text, units integer, units_per_second real)
RETURNS interval LANGUAGE sql VOLATILE AS $$
    WITH use AS (
        SELECT make_interval(secs => units / units_per_second) AS cost,
               greatest(make_interval(secs => units / units_per_second), '1 s') AS room
    ), taken AS (
        INSERT INTO api_key_rate AS rate (api_key_id, unit, paid_until)
        SELECT key_id, used_unit, clock_timestamp() + cost
          FROM use
        ON CONFLICT (api_key_id, unit) DO UPDATE
           SET paid_until = greatest(rate.paid_until, clock_timestamp()) + (SELECT cost FROM use)
         WHERE rate.paid_until + (SELECT cost - room FROM use) <= clock_timestamp()
        RETURNING interval '0' AS wait
    )
    SELECT coalesce(
        (SELECT wait FROM taken),
        (SELECT greatest(paid_until + cost - room - clock_timestamp(), '1 ms')
           FROM api_key_rate, use
          WHERE api_key_id = key_id AND unit = used_unit),
        '1 s' -- another's first use, under way at this moment
    )
$$;

-- One accepted POST /send that carried an Idempotency-Key, with its answer.
CREATE TABLE request (
    request_id      uuid PRIMARY KEY,
    api_key_id      uuid NOT NULL REFERENCES api_key,
    idempotency_key text NOT NULL,
    body_hash       bytea NOT NULL, -- SHA-256 of the body as it came
    answer          jsonb NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT request_idempotency_key_is_unique UNIQUE (api_key_id, idempotency_key)
);

-- A campaign: what is stopped, paused, counted and reported together.
CREATE TABLE message_group (
    group_id    uuid PRIMARY KEY,
    name        text CONSTRAINT message_group_name_is_unique UNIQUE,
    state       group_state NOT NULL DEFAULT 'active',
    is_settling boolean NOT NULL DEFAULT false, -- not all its messages follow the state yet
    is_test     boolean NOT NULL DEFAULT false, -- of test messages, or of real ones: never of both
    created_at  timestamptz NOT NULL DEFAULT now(),
    segment_budget integer CONSTRAINT message_group_budget_is_not_negative
        CHECK (segment_budget >= 0), -- SMS segments it takes in at most; NULL: any number
    halt_bounce_share    double precision, -- of its e-mails, at which it is paused; NULL: ours
    halt_complaint_share double precision,
    halted_at            timestamptz, -- when it was, for the reason
    halt_reason          text,
    set_aside_sent       integer NOT NULL DEFAULT 0, -- what a person saw who let it go on: not
    set_aside_bounced    integer NOT NULL DEFAULT 0, -- judged again
    set_aside_complained integer NOT NULL DEFAULT 0,
    CONSTRAINT message_group_halt_shares_are_shares CHECK (
        halt_bounce_share > 0 AND halt_bounce_share <= 1
        AND halt_complaint_share > 0 AND halt_complaint_share <= 1
    ),
    CONSTRAINT message_group_halts_for_a_reason CHECK ((halted_at IS NULL) = (halt_reason IS NULL))
);
CREATE INDEX message_group_settling ON message_group (group_id) WHERE is_settling;
CREATE INDEX message_group_named ON message_group (group_id) WHERE name IS NOT NULL;

-- Named texts: subject, html and body are an e-mail, message is an SMS. A version never changes and
-- is never deleted, so what was sent by it refers to it.
CREATE TABLE template (
    template_id uuid PRIMARY KEY,
    name        text NOT NULL,
    version     integer NOT NULL CONSTRAINT template_version_is_positive CHECK (version > 0),
    subject     text,
    html        text,
    body        text,
    message     text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz, -- from then on nothing new is sent by it
    CONSTRAINT template_version_is_unique UNIQUE (name, version),
    CONSTRAINT template_is_of_a_channel CHECK (num_nonnulls(subject, message) > 0)
);

-- What a request says to all its recipients; is_template: Jinja, filled with each one's data;
-- is_transliterated: an SMS, then spelled in GSM 7-bit where that reads the same.
CREATE TABLE message_content (
    content_id  uuid PRIMARY KEY,
    subject     text,
    html        text,
    body        text,
    is_template boolean NOT NULL,
    is_transliterated boolean NOT NULL DEFAULT false,
    has_attachments boolean NOT NULL DEFAULT false,
    template_id uuid REFERENCES template, -- has the texts, if not NULL
    ses_template text, -- the name of a template that SES keeps and fills, if not NULL
    headers     jsonb NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT message_content_has_its_texts_once
        CHECK (num_nonnulls(template_id, ses_template, coalesce(subject, body)) <= 1)
);

-- The files of an e-mail, once for all its recipients. inline_id: how the HTML names one (cid:…).
CREATE TABLE message_attachment (
    content_id   uuid NOT NULL REFERENCES message_content,
    number       smallint NOT NULL,
    name         text NOT NULL,
    content_type text NOT NULL,
    disposition  text NOT NULL
        CONSTRAINT message_attachment_disposition_is_known CHECK (disposition IN ('attachment', 'inline')),
    inline_id    text,
    file         bytea NOT NULL,
    PRIMARY KEY (content_id, number)
);

-- One recipient each; written once. segments: what the text costs (0 for an e-mail).
CREATE TABLE message (
    message_id     uuid PRIMARY KEY,
    group_id       uuid NOT NULL REFERENCES message_group,
    content_id     uuid NOT NULL REFERENCES message_content,
    channel        channel NOT NULL,
    kind           message_kind NOT NULL,
    recipient      text NOT NULL,
    data           jsonb,
    user_id        text,
    report_type    text,
    is_test        boolean NOT NULL DEFAULT false, -- goes to the provider's simulator instead
    segments       smallint NOT NULL,
    encoding       text,
    on_unconfirmed on_unconfirmed NOT NULL,
    send_at        timestamptz NOT NULL,
    expires_at     timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT message_segments_fit_the_channel CHECK ((channel = 'text') = (segments > 0))
);
CREATE INDEX message_by_recipient ON message (recipient, created_at);
CREATE INDEX message_by_user ON message (user_id, created_at) WHERE user_id IS NOT NULL;
CREATE INDEX message_by_group ON message (group_id, created_at, message_id);
CREATE INDEX message_by_time ON message (created_at, message_id);

-- Where each message stands. Narrow and hot: no index holds a column that events change, so every
-- event's update stays on its page (HOT); what they do not change comes first, and is left out of
-- the WAL. The status is only ever joined: see the enum above.
CREATE TABLE message_state (
    message_id          uuid PRIMARY KEY REFERENCES message,
    group_id            uuid NOT NULL,
    channel             channel NOT NULL,
    attempts            smallint NOT NULL DEFAULT 0,
    provider_message_id text,
    status              message_status NOT NULL,
    is_final            boolean NOT NULL DEFAULT false, -- the provider will say no more
    cause               text, -- why the present status, e.g. Bounce/Permanent/General
    cause_detail        text, -- the provider's own words
    status_event_key    uuid, -- the earliest event that says the present status
    failed_at           timestamptz, -- when we gave up on our side; no event tells of that
    sent_at             timestamptz,
    delayed_at          timestamptz,
    delivered_at        timestamptz,
    bounced_at          timestamptz,
    complained_at       timestamptz,
    opened_at           timestamptz, -- opens and clicks: by people; those of machines are counted
    last_opened_at      timestamptz,
    clicked_at          timestamptz,
    last_clicked_at     timestamptz,
    last_link           text,
    unsubscribed_at     timestamptz,
    resent_at           timestamptz, -- when a text was put up to be sent once more
    redriven_at         timestamptz, -- when a person last had it sent again
    open_count          integer NOT NULL DEFAULT 0,
    machine_open_count  integer NOT NULL DEFAULT 0,
    click_count         integer NOT NULL DEFAULT 0,
    machine_click_count integer NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE INDEX message_state_by_group ON message_state (group_id);
CREATE INDEX message_state_by_provider_id ON message_state (provider_message_id)
    WHERE provider_message_id IS NOT NULL;
CREATE INDEX message_state_failed_by_us ON message_state (failed_at) WHERE failed_at IS NOT NULL;

-- What a content is counted under: the name of its template, ours or SES', or nothing.
CREATE VIEW content_label AS
SELECT content_id, coalesce(template.name, content.ses_template, '') AS template
  FROM message_content AS content
  LEFT JOIN template USING (template_id);

-- What changed of the counts of messages, appended by the triggers of message_state in the statement
-- that changed it: two such never wait for one another. The sweeper adds it up below each minute; who
-- reads, reads both. A change counts what is so from now on, and with a minus what no longer is.
CREATE TABLE tally_change (
    changed_at   timestamptz NOT NULL DEFAULT statement_timestamp(),
    group_id     uuid NOT NULL,
    day          date NOT NULL, -- on which the message was due (UTC)
    channel      channel NOT NULL,
    kind         message_kind NOT NULL,
    report_type  text NOT NULL, -- '' if it has none
    content_id   uuid NOT NULL,
    is_test      boolean NOT NULL, -- counted in its group alone
    status       message_status NOT NULL,
    sent_minute  timestamptz, -- in which it was sent; NULL: it was not
    messages     integer NOT NULL,
    segments     integer NOT NULL,
    opened       integer, -- messages that people opened, clicked, unsubscribed by; NULL: none
    clicked      integer,
    unsubscribed integer
);
CREATE INDEX tally_change_by_group ON tally_change (group_id);
CREATE INDEX tally_change_by_sent_minute ON tally_change (sent_minute) WHERE sent_minute IS NOT NULL;

-- How many messages stand where, of each group and in all.
CREATE TABLE group_tally (
    group_id     uuid NOT NULL,
    day          date NOT NULL,
    channel      channel NOT NULL,
    kind         message_kind NOT NULL,
    report_type  text NOT NULL,
    template     text NOT NULL, -- '' if it has none
    status       message_status NOT NULL,
    messages     integer NOT NULL,
    segments     integer NOT NULL,
    opened       integer NOT NULL,
    clicked      integer NOT NULL,
    unsubscribed integer NOT NULL,
    PRIMARY KEY (group_id, day, channel, kind, report_type, template, status)
);
CREATE INDEX group_tally_by_day ON group_tally (day);
CREATE INDEX group_tally_empty ON group_tally (group_id) WHERE messages = 0;
CREATE TABLE daily_tally (
    day          date NOT NULL,
    channel      channel NOT NULL,
    kind         message_kind NOT NULL,
    report_type  text NOT NULL,
    template     text NOT NULL, -- '' if it has none
    status       message_status NOT NULL,
    messages     bigint NOT NULL,
    segments     bigint NOT NULL,
    opened       bigint NOT NULL,
    clicked      bigint NOT NULL,
    unsubscribed bigint NOT NULL,
    PRIMARY KEY (day, channel, kind, report_type, template, status)
);

-- How many messages were sent when.
CREATE TABLE sent_per_hour (
    begins_at timestamptz NOT NULL,
    channel   channel NOT NULL,
    messages  integer NOT NULL,
    segments  integer NOT NULL,
    PRIMARY KEY (begins_at, channel)
);
CREATE TABLE sent_per_minute (
    begins_at timestamptz NOT NULL,
    channel   channel NOT NULL,
    messages  integer NOT NULL,
    segments  integer NOT NULL,
    PRIMARY KEY (begins_at, channel)
);

-- Where a group's messages stand, what they cost and what people did: what is added up and what
-- changed since; and how many were sent in the last minute. Planned once a session: planning takes
-- longer than the look.
CREATE FUNCTION counts_of_group(id uuid)
RETURNS TABLE (
    channel channel, status message_status, messages bigint, segments bigint, opened bigint,
    clicked bigint, unsubscribed bigint, sent_lately bigint, segments_lately bigint
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT counted.channel, counted.status, sum(counted.messages), sum(counted.segments),
           sum(counted.opened), sum(counted.clicked), sum(counted.unsubscribed),
           coalesce(sum(counted.messages) FILTER (WHERE is_sent_lately), 0)::bigint,
           coalesce(sum(counted.segments) FILTER (WHERE is_sent_lately), 0)::bigint
      FROM (
               SELECT tally.channel, tally.status, tally.messages, tally.segments, tally.opened,
                      tally.clicked, tally.unsubscribed, false AS is_sent_lately
                 FROM group_tally AS tally
                WHERE tally.group_id = id
                UNION ALL
               SELECT change.channel, change.status, change.messages, change.segments,
                      coalesce(change.opened, 0), coalesce(change.clicked, 0),
                      coalesce(change.unsubscribed, 0),
                      change.sent_minute IS NOT NULL
                          AND change.changed_at > statement_timestamp() - interval '1 minute'
                 FROM tally_change AS change
                WHERE change.group_id = id
           ) AS counted
     GROUP BY counted.channel, counted.status;
END
$$;

-- How many messages were sent since a minute, by channel: whole hours, the minutes before the first
-- of them, and what changed lately. Planned once a session, as above.
CREATE FUNCTION count_sent(since timestamptz, first_hour timestamptz)
RETURNS TABLE (
    channel channel, messages bigint, segments bigint
) LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
BEGIN
    RETURN QUERY
    SELECT sent.channel, sum(sent.messages), sum(sent.segments)
      FROM (
               SELECT per_hour.channel, per_hour.messages, per_hour.segments
                 FROM sent_per_hour AS per_hour
                WHERE per_hour.begins_at >= first_hour
                UNION ALL
               SELECT per_minute.channel, per_minute.messages, per_minute.segments
                 FROM sent_per_minute AS per_minute
                WHERE per_minute.begins_at >= since
                  AND per_minute.begins_at < first_hour
                UNION ALL
               SELECT change.channel, change.messages, change.segments
                 FROM tally_change AS change
                WHERE change.sent_minute >= since
                  AND NOT change.is_test
           ) AS sent
     GROUP BY sent.channel;
END
$$;

-- Both by EXECUTE, so that each statement is planned for its own number of messages; a kept plan
-- would be that of a session's first. LIMIT 1 makes it one probe per message, whatever the planner
-- thinks of the table.
CREATE FUNCTION tally_inserted_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE $query$
        INSERT INTO public.tally_change (
                   group_id, day, channel, kind, report_type, content_id, is_test, status,
                   sent_minute, messages, segments, opened, clicked, unsubscribed
               )
        SELECT state.group_id, m.day, state.channel, m.kind, m.report_type, m.content_id,
               m.is_test, state.status,
               date_trunc('minute', state.sent_at), count(*), sum(m.segments),
               count(state.opened_at), count(state.clicked_at), count(state.unsubscribed_at)
          FROM inserted AS state
         CROSS JOIN LATERAL (
             SELECT (send_at AT TIME ZONE 'UTC')::date AS day, kind, segments, content_id,
                    is_test, coalesce(report_type, '') AS report_type
               FROM public.message
              WHERE message.message_id = state.message_id
              LIMIT 1
         ) AS m
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    $query$;
    RETURN NULL;
END
$$;
CREATE FUNCTION tally_updated_states() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE $query$
        INSERT INTO public.tally_change (
                   group_id, day, channel, kind, report_type, content_id, is_test, status,
                   sent_minute, messages, segments, opened, clicked, unsubscribed
               )
        SELECT was.group_id, m.day, was.channel, m.kind, m.report_type, m.content_id,
               m.is_test, counted.status,
               date_trunc('minute', counted.sent_at), sum(counted.sign),
               sum(counted.sign * m.segments),
               sum(counted.sign) FILTER (WHERE counted.opened_at IS NOT NULL),
               sum(counted.sign) FILTER (WHERE counted.clicked_at IS NOT NULL),
               sum(counted.sign) FILTER (WHERE counted.unsubscribed_at IS NOT NULL)
          FROM before AS was
          JOIN after AS became USING (message_id)
         CROSS JOIN LATERAL (
             SELECT (send_at AT TIME ZONE 'UTC')::date AS day, kind, segments, content_id,
                    is_test, coalesce(report_type, '') AS report_type
               FROM public.message
              WHERE message.message_id = was.message_id
              LIMIT 1
         ) AS m
         CROSS JOIN LATERAL (
             VALUES (-1, was.status, was.sent_at, was.opened_at, was.clicked_at,
                     was.unsubscribed_at),
                    (1, became.status, became.sent_at, became.opened_at, became.clicked_at,
                     became.unsubscribed_at)
         ) AS counted (sign, status, sent_at, opened_at, clicked_at, unsubscribed_at)
         WHERE was.status <> became.status
            OR date_trunc('minute', was.sent_at)
               IS DISTINCT FROM date_trunc('minute', became.sent_at)
            OR (was.opened_at IS NULL) <> (became.opened_at IS NULL)
            OR (was.clicked_at IS NULL) <> (became.clicked_at IS NULL)
            OR (was.unsubscribed_at IS NULL) <> (became.unsubscribed_at IS NULL)
         GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
    $query$;
    RETURN NULL;
END
$$;
CREATE TRIGGER message_state_tally_inserted
    AFTER INSERT ON message_state REFERENCING NEW TABLE AS inserted
    FOR EACH STATEMENT EXECUTE FUNCTION tally_inserted_states();
CREATE TRIGGER message_state_tally_updated
    AFTER UPDATE ON message_state REFERENCING OLD TABLE AS before NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION tally_updated_states();

-- What a sender still has to do: one row per message not yet settled, deleted when it is. Small
-- whatever the history, so the sweeper never scans more than the backlog.
CREATE TABLE dispatch (
    message_id     uuid PRIMARY KEY REFERENCES message,
    group_id       uuid NOT NULL,
    channel        channel NOT NULL,
    kind           message_kind NOT NULL,
    units          smallint NOT NULL, -- what it costs at the limiter: segments, or 1 for an e-mail
    due_at         timestamptz NOT NULL,
    expires_at     timestamptz,
    on_unconfirmed on_unconfirmed NOT NULL,
    attempts       smallint NOT NULL DEFAULT 0, -- provider calls that counted
    enqueued_at    timestamptz, -- NULL: no chunk on a queue names it
    claim_id       uuid,        -- the sender that looks at it now, until claimed_until
    claimed_until  timestamptz,
    attempt_id     uuid,
    begun_at       timestamptz, -- from here on the provider may have it: never begin it again
    is_held        boolean NOT NULL DEFAULT false, -- its group is paused: kept out of every search
    is_resend      boolean NOT NULL DEFAULT false, -- sent before, and to be sent once more
    CONSTRAINT dispatch_begins_with_an_attempt CHECK ((begun_at IS NULL) = (attempt_id IS NULL)),
    CONSTRAINT dispatch_units_are_positive CHECK (units > 0)
) WITH (fillfactor = 70);
CREATE INDEX dispatch_to_enqueue ON dispatch (channel, due_at)
    WHERE enqueued_at IS NULL AND begun_at IS NULL AND NOT is_held;
CREATE INDEX dispatch_held ON dispatch (group_id) WHERE is_held;
CREATE INDEX dispatch_on_a_queue ON dispatch (enqueued_at)
    WHERE enqueued_at IS NOT NULL AND begun_at IS NULL;
CREATE INDEX dispatch_claimed ON dispatch (claimed_until)
    WHERE claimed_until IS NOT NULL AND begun_at IS NULL;
CREATE INDEX dispatch_in_doubt ON dispatch (begun_at) WHERE begun_at IS NOT NULL;
CREATE INDEX dispatch_expiring ON dispatch (expires_at)
    WHERE expires_at IS NOT NULL AND begun_at IS NULL;
CREATE INDEX dispatch_by_group ON dispatch (group_id);

-- A channel whose provider refuses everyone: while its row is here, nothing is sent but probes.
CREATE TABLE circuit (
    channel            channel PRIMARY KEY,
    cause              text NOT NULL,
    cause_detail       text NOT NULL, -- the provider's own words
    opened_at          timestamptz NOT NULL,
    probe_at           timestamptz NOT NULL, -- when the next message may be tried
    probe_message_id   uuid, -- the one that may be sent now
    refused_message_id uuid NOT NULL, -- the last that was not: another is tried next
    failed_probes      smallint NOT NULL DEFAULT 0
);

-- What the providers reported, appended only. event_key begins with the event's time, so inserts
-- stay local; the same event by another route has the same key.
CREATE TABLE message_event (
    event_key           uuid NOT NULL,
    occurred_at         timestamptz NOT NULL,
    received_at         timestamptz NOT NULL DEFAULT now(), -- again, when it finds its message
    message_id          uuid, -- NULL: not ours, or not known to be ours yet
    channel             channel NOT NULL,
    status              message_status, -- what it joins; NULL: opens, clicks, unknown types …
    is_final            boolean NOT NULL,
    event_type          text NOT NULL, -- the provider's own name
    provider_message_id text, -- NULL: its message is known
    cause               text,
    effect              text, -- what it does beside: the suppression's reason, the machine's rule
    details             text, -- values in JSON, see event_details(); NULL: there are none
    recipient           text, -- these three: of mail that is none of our messages, to count it by
    user_id             text,
    report_type         text,
    PRIMARY KEY (event_key, occurred_at)
) PARTITION BY RANGE (occurred_at);
CREATE TABLE message_event_default PARTITION OF message_event DEFAULT;
CREATE INDEX message_event_by_message ON message_event (message_id);
CREATE INDEX message_event_failures ON message_event (received_at)
    WHERE status IN ('rejected', 'undelivered', 'bounced', 'complained');
CREATE INDEX message_event_unmatched ON message_event (received_at)
    WHERE message_id IS NULL AND provider_message_id IS NOT NULL;
-- What was received since a time: events are appended in that order, so a summary of each 32 pages
-- finds them, and costs next to nothing to keep.
CREATE INDEX message_event_by_receipt ON message_event USING brin (received_at)
    WITH (pages_per_range = 32, autosummarize = on);

-- What the details of each type are called, in the order in which they are stored.
CREATE FUNCTION event_detail_names(event_type text)
RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE event_type
               WHEN 'Reject' THEN '{reason}'
               WHEN 'Rendering Failure' THEN '{template_name,error_message}'
               WHEN 'Delivery' THEN '{smtp_response,reporting_mta,remote_mta_ip,processing_time_ms}'
               WHEN 'DeliveryDelay'
               THEN '{delay_type,expires_at,reporting_mta,enhanced_status_code,diagnostic,action,'
                    'by_recipient}'
               WHEN 'Bounce'
               THEN '{bounce_type,bounce_sub_type,feedback_id,reporting_mta,remote_mta_ip,'
                    'enhanced_status_code,diagnostic,action,by_recipient}'
               WHEN 'Complaint'
               THEN '{complaint_type,complaint_sub_type,feedback_id,user_agent,arrived_at}'
               WHEN 'Open' THEN '{ip_address,user_agent,link,link_tags}'
               WHEN 'Click' THEN '{ip_address,user_agent,link,link_tags}'
               WHEN 'Subscription'
               THEN '{contact_list,source,unsubscribe_all,new_topic_preferences,'
                    'old_topic_preferences}'
               ELSE '{status,status_description,origination,country,carrier,mcc,mnc,encoding,parts,'
                    'price,carrier_fee}'
           END::text[]
$$;

-- An event's details with their names, and with its effect, as they were before they were stored.
CREATE FUNCTION event_details(event_type text, details text, effect text)
RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(
               CASE WHEN details LIKE '{%' THEN details::jsonb
                    ELSE (SELECT jsonb_object_agg((event_detail_names(event_type))[place], value)
                            FROM jsonb_array_elements(details::jsonb)
                                 WITH ORDINALITY AS told (value, place)
                           WHERE value <> 'null')
               END, '{}')
           || CASE WHEN effect IS NULL THEN '{}'
                   WHEN event_type IN ('Open', 'Click') THEN jsonb_build_object('machine', effect)
                   WHEN event_type = 'Subscription'
                   THEN jsonb_build_object('suppress', effect, 'unsubscribe_all', true)
                   ELSE jsonb_build_object('suppress', effect)
              END
$$;

-- Of two copies' details the richer, which is the longer; of those as long, the greater.
CREATE FUNCTION richer_details(one text, other text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN one IS NULL OR (length(one), one COLLATE "C") < (length(other), other COLLATE "C")
                THEN other
                ELSE one
           END
$$;

-- Whose an address was: the user of the last message accepted to it in the 90 days before `at`.
CREATE FUNCTION user_of_address(address text, at timestamptz)
RETURNS text LANGUAGE sql STABLE STRICT AS $$
    SELECT user_id
      FROM message
     WHERE recipient IN (address, lower(address))
       AND created_at <= at
       AND created_at > at - interval '90 days'
       AND user_id IS NOT NULL
     ORDER BY created_at DESC, message_id DESC
     LIMIT 1
$$;

-- Make the monthly partitions from `first`'s month on; those that exist are left alone.
CREATE FUNCTION create_message_event_partitions(first timestamptz, months integer)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    month timestamp;
BEGIN
    FOR month IN
        SELECT date_trunc('month', first AT TIME ZONE 'UTC') + make_interval(months => n)
          FROM generate_series(0, months - 1) AS n
    LOOP
        IF to_regclass(format('message_event_%s', to_char(month, 'YYYY_MM'))) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE message_event_%s PARTITION OF message_event FOR VALUES FROM (%L) TO (%L)',
                to_char(month, 'YYYY_MM'),
                to_char(month, 'YYYY-MM-DD') || ' 00:00:00+00',
                to_char(month + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+00'
            );
        END IF;
    END LOOP;
END
$$;

-- Drop the months that ended by then, delete what of them lies in the default partition, and return
-- the names of the tables dropped.
CREATE FUNCTION drop_message_event_partitions(before timestamptz)
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    partition text;
BEGIN
    FOR partition IN
        SELECT relname
          FROM pg_class
          JOIN pg_inherits ON inhrelid = oid
         WHERE inhparent = 'message_event'::regclass
           AND relname ~ '^message_event_\d{4}_\d{2}$'
           AND to_date(right(relname, 7), 'YYYY_MM') + interval '1 month' <= before AT TIME ZONE 'UTC'
         ORDER BY relname
    LOOP
        EXECUTE format('DROP TABLE %I', partition);
        RETURN NEXT partition;
    END LOOP;
    DELETE FROM message_event_default WHERE occurred_at < before;
END
$$;

-- What a provider reported of the account itself: sending paused, an advice, a registration.
CREATE TABLE account_event (
    event_key   uuid PRIMARY KEY,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    source      text NOT NULL,
    detail_type text NOT NULL,
    detail      jsonb NOT NULL
);

-- Which objects of the archive were read, and how far.
CREATE TABLE event_object (
    bucket       text NOT NULL,
    object_key   text NOT NULL,
    etag         text NOT NULL,
    read_bytes   bigint NOT NULL DEFAULT 0, -- decompressed: where reading goes on
    events       integer NOT NULL DEFAULT 0,
    quarantined  integer NOT NULL DEFAULT 0,
    first_read_at timestamptz NOT NULL DEFAULT now(),
    finished_at  timestamptz,
    PRIMARY KEY (bucket, object_key, etag)
);

-- To whom we do not send, and why: one row for each reason. The address is normalized: lower case, or
-- E.164. What led to it is the earliest that did.
CREATE TABLE suppression (
    channel    channel NOT NULL,
    address    text NOT NULL,
    reason     suppression_reason NOT NULL,
    cause      text,
    note       text, -- what the person who added it wrote
    message_id uuid, -- the message it came of
    event_key  uuid, -- and the event; NULL: our own side, a person or the provider's list
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (channel, address, reason)
);

-- Every change of `suppression`, appended by its trigger.
CREATE TABLE suppression_change (
    suppression_change_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    channel    channel NOT NULL,
    address    text NOT NULL,
    reason     suppression_reason NOT NULL,
    change     suppression_change_kind NOT NULL,
    changed_by text, -- a person's API key or command; NULL: an event, the sender, a rebuild …
    cause      text,
    note       text,
    message_id uuid,
    event_key  uuid,
    changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX suppression_change_by_address ON suppression_change (channel, address, changed_at);
CREATE INDEX suppression_change_by_time ON suppression_change USING brin (changed_at);

-- Who changes it is `message_tracker.changed_by`, which a person's transaction sets.
CREATE FUNCTION record_suppression_change()
RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    entry suppression := CASE WHEN TG_OP = 'DELETE' THEN old ELSE new END;
BEGIN
    INSERT INTO suppression_change (
               channel, address, reason, change, changed_by, cause, note, message_id, event_key
           )
    VALUES (entry.channel, entry.address, entry.reason,
            CASE TG_OP WHEN 'INSERT' THEN 'added' WHEN 'UPDATE' THEN 'changed' ELSE 'removed'
            END::suppression_change_kind,
            nullif(current_setting('message_tracker.changed_by', true), ''),
            entry.cause, entry.note, entry.message_id, entry.event_key);
    RETURN NULL;
END
$$;
CREATE TRIGGER suppression_is_recorded
    AFTER INSERT OR UPDATE OR DELETE ON suppression
    FOR EACH ROW EXECUTE FUNCTION record_suppression_change();

-- When a person last took an address off the list: what happened before it counts no more.
CREATE FUNCTION suppression_removed_at(
    of_channel channel, of_address text, of_reason suppression_reason
)
RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT max(changed_at)
      FROM suppression_change
     WHERE channel = of_channel
       AND address = of_address
       AND reason = of_reason
       AND change = 'removed'
       AND changed_by IS NOT NULL
$$;

-- On which days (UTC) e-mail to an address bounced softly, where a policy counts them.
CREATE TABLE soft_bounce (
    address text PRIMARY KEY,
    days    date[] NOT NULL -- ascending, each once
);

-- Messages of the queues that nobody could process, kept whole.
CREATE TABLE dead_letter (
    dead_letter_id uuid PRIMARY KEY,
    queue          text NOT NULL,
    sqs_message_id text NOT NULL,
    body           text NOT NULL,
    reason         text NOT NULL,
    received_at    timestamptz NOT NULL DEFAULT now(),
    sent_back_at   timestamptz, -- when a person put it on its queue once more
    CONSTRAINT dead_letter_is_kept_once UNIQUE (queue, sqs_message_id)
);

-- One failure report per period: whoever inserts the row sends it.
CREATE TABLE report_run (
    report_run_id       uuid PRIMARY KEY,
    kind                text NOT NULL,
    period_start        timestamptz NOT NULL,
    period_end          timestamptz NOT NULL,
    claimed_at          timestamptz NOT NULL DEFAULT now(),
    sent_at             timestamptz,
    failures            integer,
    accepted            integer,
    object_key          text,
    provider_message_id text,
    CONSTRAINT report_run_is_one_per_period UNIQUE (kind, period_start, period_end),
    CONSTRAINT report_run_period_is_not_empty CHECK (period_start < period_end)
);
CREATE INDEX report_run_unsent ON report_run (period_start) WHERE sent_at IS NULL;

-- When messages of a channel were held back: they waited for their slots at the limiter, or the
-- provider said "later" to so many calls. Senders append it in the statement that records a chunk.
-- Stretches of several senders overlap: who asks how long it was joins them.
CREATE TABLE throttling (
    began_at timestamptz NOT NULL,
    claim_id uuid NOT NULL, -- the sender's claim: recording it twice is recording it once
    channel  channel NOT NULL,
    ended_at timestamptz NOT NULL,
    calls    integer NOT NULL, -- to which the provider said "later" at that time
    PRIMARY KEY (began_at, claim_id),
    CONSTRAINT throttling_ends_after_it_began CHECK (ended_at >= began_at)
);

-- Where the messages stand that were accepted in a time, by channel; those that contradict the books
-- in rows of their own, by group. A message that an event proved sent may still be in `dispatch`, until
-- the sweeper has seen it: no contradiction.
CREATE FUNCTION books_between(since timestamptz, until timestamptz)
RETURNS TABLE (
    channel     channel,
    gap         text, -- in what way they contradict the books; NULL: they do not
    group_id    uuid, -- of those that do
    accepted    bigint,
    waiting     bigint,
    sent        bigint,
    failed      bigint,
    stopped     bigint,
    unconfirmed bigint,
    message_ids uuid[] -- the first of those that contradict them
) LANGUAGE sql STABLE AS $$
    WITH entry AS (
        SELECT m.message_id, m.channel, m.group_id, s.status,
               CASE
                   WHEN s.message_id IS NULL THEN 'lost'
                   WHEN s.status <= 'sending' AND d.message_id IS NULL THEN 'forgotten'
                   WHEN s.status > 'sending' AND s.status < 'sent' AND d.message_id IS NOT NULL
                       THEN 'left_over'
               END AS gap
          FROM message AS m
          LEFT JOIN message_state AS s USING (message_id)
          LEFT JOIN dispatch AS d USING (message_id)
         WHERE m.created_at >= since
           AND m.created_at < until
    )
    SELECT entry.channel,
           entry.gap,
           CASE WHEN entry.gap IS NOT NULL THEN entry.group_id END,
           count(*),
           count(*) FILTER (WHERE status <= 'sending'),
           count(*) FILTER (WHERE status >= 'sent'),
           count(*) FILTER (WHERE status IN ('expired', 'suppressed', 'failed')),
           count(*) FILTER (WHERE status = 'stopped'),
           count(*) FILTER (WHERE status = 'unconfirmed'),
           (array_agg(message_id ORDER BY message_id) FILTER (WHERE entry.gap IS NOT NULL))[1:20]
      FROM entry
     GROUP BY 1, 2, 3
$$;

-- Where the messages of a day stood when they were last counted: too many messages later, they are
-- not counted anew for each report.
CREATE TABLE book_day (
    day         date NOT NULL, -- on which the messages were accepted (UTC)
    channel     channel NOT NULL,
    counted_at  timestamptz NOT NULL,
    accepted    bigint NOT NULL,
    waiting     bigint NOT NULL,
    sent        bigint NOT NULL,
    failed      bigint NOT NULL,
    stopped     bigint NOT NULL,
    unconfirmed bigint NOT NULL,
    PRIMARY KEY (day, channel)
);

-- How far letting go of personal data has come, so that no run looks through again what is done:
-- what is older than this was let go of, of what was there at that time.
CREATE TABLE retention_progress (
    part        text PRIMARY KEY, -- recipients (of messages), details (of events)
    done_before timestamptz NOT NULL, -- by the message's creation, or the event's own time
    looked_at   timestamptz NOT NULL
);

-- What is wrong, or was, and a person was told of at once: one open row of each kind, so that each is
-- told once, and again when it is over.
CREATE TABLE alert (
    alert_id      uuid PRIMARY KEY,
    kind          text NOT NULL,
    value         double precision NOT NULL,
    threshold     double precision NOT NULL,
    opened_at     timestamptz NOT NULL,
    closed_at     timestamptz, -- NULL: it lasts
    told_at       timestamptz, -- that it began
    told_end_at   timestamptz, -- that it is over
    claimed_until timestamptz,
    CONSTRAINT alert_kind_is_known CHECK (
        kind IN ('failure_share', 'complaint_share', 'letters', 'imbalance')
    ),
    CONSTRAINT alert_is_over_before_that_is_told
        CHECK (told_end_at IS NULL OR closed_at IS NOT NULL)
);
CREATE UNIQUE INDEX alert_is_open_once ON alert (kind) WHERE closed_at IS NULL;
CREATE INDEX alert_to_tell ON alert (opened_at) WHERE told_end_at IS NULL;

-- What failed within a time, each message once.
--
-- A message fails when we learn it: when the event that says so came in (not when it happened), or
-- when we gave up ourselves. It counts for the worst that was told in that time, and only if it still
-- stands as failed: what was delivered after all, or revived by a redrive, is no failure. Test
-- messages are left out.
CREATE FUNCTION failures_between(since timestamptz, until timestamptz)
RETURNS TABLE (
    message_id uuid, status message_status, cause text, failed_at timestamptz, channel channel,
    recipient text, group_id uuid, detail text, carrier text
) LANGUAGE sql STABLE AS $$
    WITH known AS (
        SELECT e.message_id, e.status, coalesce(e.cause, e.event_type) AS cause,
               e.occurred_at AS failed_at, e.event_type, e.details
          FROM message_event AS e
         WHERE e.received_at >= since
           AND e.received_at < until
           AND e.status IN ('rejected', 'undelivered', 'bounced', 'complained')
           AND e.message_id IS NOT NULL
         UNION ALL
        SELECT s.message_id, s.status, coalesce(s.cause, s.status::text), s.failed_at, NULL, NULL
          FROM message_state AS s
         WHERE s.failed_at >= since
           AND s.failed_at < until
           AND s.status IN ('expired', 'suppressed', 'failed', 'unconfirmed')
    )
    SELECT DISTINCT ON (k.message_id)
           k.message_id, k.status, k.cause, k.failed_at, m.channel, m.recipient, m.group_id,
           CASE WHEN s.status = k.status THEN s.cause_detail END,
           CASE WHEN m.channel = 'text' AND k.details IS NOT NULL
                THEN event_details(k.event_type, k.details, NULL) ->> 'carrier'
           END
      FROM known AS k
      JOIN message_state AS s USING (message_id)
      JOIN message AS m USING (message_id)
     WHERE s.status >= k.status
       AND NOT m.is_test
       AND s.status IN ('expired', 'suppressed', 'failed', 'unconfirmed',
                        'rejected', 'undelivered', 'bounced', 'complained')
     ORDER BY k.message_id, k.status DESC, k.failed_at
$$;

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

-- Named lists of recipients.
CREATE TABLE audience (
    audience_id uuid PRIMARY KEY,
    name        text NOT NULL CONSTRAINT audience_name_is_unique UNIQUE,
    created_at  timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE audience_member (
    audience_id uuid NOT NULL REFERENCES audience ON DELETE CASCADE,
    channel     channel NOT NULL,
    address     text NOT NULL,
    data        jsonb,
    user_id     text,
    PRIMARY KEY (audience_id, channel, address)
);

-- A request whose recipients are read later, from an object or a large audience. What was read, and
-- what became of it, is noted in the transaction that stores it: nobody is lost or doubled.
CREATE TABLE recipient_import (
    import_id        uuid PRIMARY KEY,
    api_key_id       uuid NOT NULL REFERENCES api_key, -- whose limits hold
    group_id         uuid NOT NULL REFERENCES message_group,
    state            import_state NOT NULL,
    reason           text, -- why it was refused, or failed
    body             jsonb NOT NULL, -- the request, until the import has ended
    email_content_id uuid REFERENCES message_content,
    text_content_id  uuid REFERENCES message_content,
    bucket           text, -- these three: of the object; NULL for an audience
    object_key       text,
    etag             text,
    audience_id      uuid REFERENCES audience ON DELETE SET NULL,
    read_bytes       bigint NOT NULL DEFAULT 0, -- decompressed: where reading goes on
    read_lines       bigint NOT NULL DEFAULT 0, -- of an audience: members
    last_channel     channel, -- these two: the audience's last member read
    last_address     text,
    accepted         bigint NOT NULL DEFAULT 0,
    duplicates       bigint NOT NULL DEFAULT 0,
    skipped          bigint NOT NULL DEFAULT 0, -- of a channel that the request is not for
    refused          bigint NOT NULL DEFAULT 0, -- lines
    attempts         smallint NOT NULL DEFAULT 0, -- since it last came further
    claimed_until    timestamptz, -- an importer works on it
    created_at       timestamptz NOT NULL DEFAULT now(),
    finished_at      timestamptz
);
CREATE INDEX recipient_import_unfinished ON recipient_import (claimed_until)
    WHERE finished_at IS NULL;
CREATE INDEX recipient_import_of_audience ON recipient_import (audience_id)
    WHERE audience_id IS NOT NULL;

-- The lines of an import that nothing is sent to, and why.
CREATE TABLE import_refusal (
    import_id uuid NOT NULL REFERENCES recipient_import ON DELETE CASCADE,
    line      bigint NOT NULL,
    detail    text NOT NULL,
    PRIMARY KEY (import_id, line)
);

-- Whom an object has named so far, as hashes, so that nobody is sent the same twice. Deleted when
-- the import has ended.
CREATE TABLE import_recipient (
    import_id      uuid NOT NULL REFERENCES recipient_import ON DELETE CASCADE,
    recipient_hash uuid NOT NULL,
    PRIMARY KEY (import_id, recipient_hash)
);

-- Whom we call back.
CREATE TABLE webhook_endpoint (
    webhook_endpoint_id   uuid PRIMARY KEY,
    url                   text NOT NULL,
    description           text,
    types                 text[] NOT NULL, -- of callbacks; {*}: all of them
    secret                bytea NOT NULL, -- encrypted; signs, so it cannot be a hash
    previous_secret       bytea, -- signs as well until then
    previous_secret_until timestamptz,
    created_at            timestamptz NOT NULL DEFAULT now(),
    failing_since         timestamptz, -- NULL: its last answer was good
    disabled_at           timestamptz,
    disabled_because      text,
    CONSTRAINT webhook_endpoint_says_why_it_is_disabled
        CHECK ((disabled_at IS NULL) = (disabled_because IS NULL))
);

-- Each call we owe or made: one row per callback and endpoint, written with what it tells of. There
-- is no foreign key to the endpoint, since everyone who stores an event would lock that one row.
CREATE TABLE webhook_delivery (
    webhook_endpoint_id uuid NOT NULL,
    callback_id         uuid NOT NULL, -- begins with its time; of an event, the event's key
    sequence            bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    type                text NOT NULL,
    message_id          uuid, -- NULL: a test
    occurred_at         timestamptz NOT NULL,
    cause               text, -- of what we did ourselves; an event has its own
    created_at          timestamptz NOT NULL DEFAULT now(),
    due_at              timestamptz DEFAULT now(), -- NULL: delivered or given up
    claim_id            uuid, -- the dispatcher that calls now, until claimed_until
    claimed_until       timestamptz,
    attempts            smallint NOT NULL DEFAULT 0,
    attempted_at        timestamptz,
    delivered_at        timestamptz,
    answer_status       smallint, -- of HTTP; NULL: there was no answer
    latency_ms          integer,
    error               text,
    PRIMARY KEY (webhook_endpoint_id, callback_id)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_endpoint_id, due_at)
    WHERE due_at IS NOT NULL;
CREATE INDEX webhook_delivery_claimed ON webhook_delivery (webhook_endpoint_id)
    WHERE claimed_until IS NOT NULL;
CREATE INDEX webhook_delivery_by_time ON webhook_delivery USING brin (created_at);

-- What a callback about an event is called; NULL: nobody is called back about it.
CREATE FUNCTION callback_type(status message_status, event_type text, effect text)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'message.' || CASE
               WHEN status IS NOT NULL THEN status::text
               WHEN event_type = 'Open' THEN 'opened'
               WHEN event_type = 'Click' THEN 'clicked'
               WHEN event_type = 'Subscription' AND effect = 'UNSUBSCRIBE' THEN 'unsubscribed'
           END
$$;

-- Owe a callback about what became of a message on our own side. By row, and only where the
-- condition holds: events update this table most, and transition tables would copy each of them.
CREATE FUNCTION owe_callback() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_delivery (webhook_endpoint_id, callback_id, type, message_id, occurred_at,
                                  cause)
    SELECT webhook_endpoint_id,
           (lpad(to_hex((extract(epoch FROM statement_timestamp()) * 1000)::bigint), 12, '0')
            || left(md5(NEW.message_id || ' ' || NEW.status), 20))::uuid,
           'message.' || NEW.status, NEW.message_id, statement_timestamp(), NEW.cause
      FROM webhook_endpoint
     WHERE disabled_at IS NULL
       AND types && ARRAY['*', 'message.' || NEW.status]
     ORDER BY webhook_endpoint_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
CREATE TRIGGER message_state_owes_callback AFTER UPDATE OF status ON message_state
    FOR EACH ROW
    WHEN (NEW.status <> OLD.status AND NEW.status >= 'stopped' AND NEW.status < 'sent')
    EXECUTE FUNCTION owe_callback();
