-- How far letting go of personal data has come, so that no run looks through again what is done.

-- What is older than this was let go of, of what was there at that time.
CREATE TABLE retention_progress (
    part        text PRIMARY KEY, -- recipients (of messages), details (of events)
    done_before timestamptz NOT NULL, -- by the message's creation, or the event's own time
    looked_at   timestamptz NOT NULL
);
