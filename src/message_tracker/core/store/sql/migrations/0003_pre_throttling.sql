-- When messages were held back by the rate: counted exactly, for the failure report.

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
