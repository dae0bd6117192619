-- Make the shadow anew: a schema with tables of the same names, indexes and partitions as those that
-- events are written to, so that by its search path the same statements write there instead.

DROP SCHEMA IF EXISTS rebuild CASCADE;
CREATE SCHEMA rebuild;

CREATE TABLE rebuild.message_event (LIKE public.message_event INCLUDING DEFAULTS)
    PARTITION BY RANGE (occurred_at);
ALTER TABLE rebuild.message_event ADD PRIMARY KEY (event_key, occurred_at);

DO $$
DECLARE
    definition text;
BEGIN
    FOR definition IN
        SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY public.', ' ON rebuild.')
          FROM pg_index
         WHERE indrelid = 'public.message_event'::regclass AND NOT indisprimary
    LOOP
        EXECUTE definition;
    END LOOP;
    FOR definition IN
        SELECT format('CREATE TABLE rebuild.%I PARTITION OF rebuild.message_event %s', relname,
                      pg_get_expr(relpartbound, oid))
          FROM pg_class
          JOIN pg_inherits ON inhrelid = oid
         WHERE inhparent = 'public.message_event'::regclass
    LOOP
        EXECUTE definition;
    END LOOP;
END
$$;

CREATE TABLE rebuild.message_state (LIKE public.message_state INCLUDING ALL) WITH (fillfactor = 50);
CREATE TABLE rebuild.suppression (LIKE public.suppression INCLUDING ALL);
CREATE TABLE rebuild.event_object (LIKE public.event_object INCLUDING ALL);
CREATE TABLE rebuild.account_event (LIKE public.account_event INCLUDING ALL);
CREATE TABLE rebuild.soft_bounce (LIKE public.soft_bounce INCLUDING ALL);
INSERT INTO rebuild.soft_bounce SELECT * FROM public.soft_bounce;
-- Empty: nobody is called back about events that are only told again.
CREATE TABLE rebuild.webhook_endpoint (LIKE public.webhook_endpoint);

CREATE TABLE rebuild.begun AS SELECT statement_timestamp() AS begun_at;
