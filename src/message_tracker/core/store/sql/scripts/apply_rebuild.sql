-- Put the shadow in the place of what it was made from, in the caller's transaction, which holds the
-- locks.

-- The message's own side goes on while the shadow is made: where no event says more than `sent`,
-- what it wrote stands. All columns not named here are those of the events.
DO $$
DECLARE
    assignments text;
BEGIN
    SELECT string_agg(
               CASE WHEN attname = 'provider_message_id'
                    THEN format('%1$I = coalesce(shadow.%1$I, state.%1$I)', attname)
                    WHEN attname IN ('status', 'is_final', 'cause', 'cause_detail',
                                     'status_event_key', 'failed_at', 'sent_at')
                    THEN format('%1$I = CASE WHEN shadow.status >= ''sent'' THEN shadow.%1$I'
                                ' ELSE state.%1$I END', attname)
                    ELSE format('%1$I = shadow.%1$I', attname)
               END, ', ')
      INTO assignments
      FROM pg_attribute
     WHERE attrelid = 'public.message_state'::regclass
       AND attnum > 0
       AND NOT attisdropped
       AND attname NOT IN ('message_id', 'group_id', 'channel', 'attempts', 'resent_at',
                           'redriven_at');
    EXECUTE format(
        'UPDATE public.message_state AS state SET %s FROM rebuild.message_state AS shadow'
        ' WHERE state.message_id = shadow.message_id'
        '   AND ROW(state.*) IS DISTINCT FROM ROW(shadow.*)',
        assignments
    );
END
$$;

-- What anyone decided meanwhile stands; an address that no event accuses any more is let go of. Only
-- what differs is changed, so that the list's history tells of nothing else.
DELETE FROM public.suppression AS known
 WHERE reason IN ('BOUNCE', 'COMPLAINT')
   AND NOT EXISTS (SELECT FROM rebuild.suppression AS shadow
                    WHERE shadow.channel = known.channel AND shadow.address = known.address
                      AND shadow.reason = known.reason);
INSERT INTO public.suppression AS known
SELECT * FROM rebuild.suppression
 WHERE created_at > coalesce(suppression_removed_at(channel, address, reason), '-infinity')
ON CONFLICT (channel, address, reason) DO UPDATE
   SET cause = excluded.cause, message_id = excluded.message_id, event_key = excluded.event_key,
       created_at = excluded.created_at
 WHERE known.reason <> 'MANUAL'
   AND ROW(known.*) IS DISTINCT FROM ROW(excluded.*);
INSERT INTO public.soft_bounce SELECT * FROM rebuild.soft_bounce
ON CONFLICT (address) DO UPDATE SET days = excluded.days;

INSERT INTO public.event_object AS known SELECT * FROM rebuild.event_object
ON CONFLICT (bucket, object_key, etag) DO UPDATE
   SET read_bytes = excluded.read_bytes, events = excluded.events,
       quarantined = excluded.quarantined, finished_at = excluded.finished_at;
INSERT INTO public.account_event SELECT * FROM rebuild.account_event
ON CONFLICT (event_key) DO NOTHING;

DROP TABLE public.message_event;
DO $$
DECLARE
    moved name;
BEGIN
    FOR moved IN
        SELECT relname
          FROM pg_class
         WHERE relnamespace = 'rebuild'::regnamespace
           AND (oid = 'rebuild.message_event'::regclass
                OR oid IN (SELECT inhrelid FROM pg_inherits
                            WHERE inhparent = 'rebuild.message_event'::regclass))
    LOOP
        EXECUTE format('ALTER TABLE rebuild.%I SET SCHEMA public', moved);
    END LOOP;
END
$$;

-- Days were counted from what stood here before.
UPDATE public.daily_run SET is_late = true WHERE counted_at IS NOT NULL;

DROP SCHEMA rebuild CASCADE;
