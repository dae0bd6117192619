-- What a sender does with a chunk: claim, begin, record. Each is one statement, whatever the
-- chunk's size, and its own transaction; none is open while a provider is called.
--
-- Every statement locks the rows of `dispatch` in the order of message_id, so that two chunks
-- naming the same messages wait for each other and never deadlock.

-- name: claim_messages
-- Take the chunk's messages that are due and not begun, and return what sending them needs. A claim
-- of another sender that never began is taken over at once: whoever holds the row when it begins
-- wins, the other finds it gone. A content comes with the first of its messages only,
-- with the texts of the template it refers to.
-- What may not be sent is dealt with here, so that no chunk has to come again for it: behind an open
-- circuit (the probe alone may pass) a message waits for the sweeper, in a paused group for its
-- resumption, and in a stopped group it ends. The group's row is locked as it stands, so that a
-- resumption at this moment either is seen here or sees what was done here.
WITH free AS (
    SELECT message_id, group_id,
           c.channel IS NOT NULL AND c.probe_message_id IS DISTINCT FROM d.message_id AS is_parked,
           c.channel IS NOT NULL AND c.probe_message_id = d.message_id AS is_probe
      FROM dispatch AS d
      LEFT JOIN circuit AS c USING (channel)
     WHERE message_id = ANY (%(message_ids)s::uuid[])
       AND d.channel = %(channel)s::channel
       AND begun_at IS NULL
       AND due_at <= %(now)s::timestamptz
     ORDER BY message_id
       FOR UPDATE OF d
), barred AS (
    SELECT free.message_id, g.state
      FROM free
      JOIN message_group AS g USING (group_id)
     WHERE g.state <> 'active'
       FOR SHARE OF g
), stopped AS (
    DELETE FROM dispatch AS d
     USING barred AS b
     WHERE d.message_id = b.message_id AND b.state = 'stopped'
    RETURNING d.message_id
), joined AS (
    UPDATE message_state AS s
       SET status = greatest(s.status, 'stopped')
      FROM stopped
     WHERE s.message_id = stopped.message_id
), waiting AS (
    UPDATE dispatch AS d
       SET enqueued_at = NULL, claim_id = NULL, claimed_until = NULL,
           is_held = b.state IS NOT NULL
      FROM free
      LEFT JOIN barred AS b USING (message_id)
     WHERE d.message_id = free.message_id
       AND CASE WHEN b.state IS NULL THEN free.is_parked ELSE b.state = 'paused' END
), claimed AS (
    UPDATE dispatch AS d
       SET claim_id = %(claim_id)s::uuid,
           claimed_until = %(claimed_until)s::timestamptz
      FROM free
     WHERE d.message_id = free.message_id
       AND NOT free.is_parked
       AND NOT EXISTS (SELECT FROM barred AS b WHERE b.message_id = free.message_id)
    RETURNING d.message_id, d.units, d.attempts, d.expires_at, free.is_probe
), numbered AS (
    SELECT m.*, c.units, c.attempts, c.expires_at AS dispatch_expires_at, c.is_probe,
           row_number() OVER (PARTITION BY m.content_id ORDER BY m.message_id) AS number_in_content
      FROM claimed AS c
      JOIN message AS m USING (message_id)
)
SELECT n.message_id, n.group_id, n.content_id, n.channel, n.kind, n.recipient, n.data, n.user_id,
       n.units, n.attempts, n.dispatch_expires_at AS expires_at, n.is_probe, n.is_test,
       (SELECT array_agg(p.reason::text) FROM suppression AS p
         WHERE p.channel = n.channel AND p.address = lower(n.recipient)) AS suppression_reasons,
       t.content_id IS NOT NULL AS has_content,
       coalesce(t.subject, v.subject) AS subject, coalesce(t.html, v.html) AS html,
       coalesce(t.body, CASE n.channel WHEN 'text' THEN v.message ELSE v.body END) AS body,
       t.is_template, t.is_transliterated, t.ses_template, t.has_attachments, t.headers
  FROM numbered AS n
  LEFT JOIN message_content AS t
         ON t.content_id = n.content_id AND n.number_in_content = 1
  LEFT JOIN template AS v ON v.template_id = t.template_id
 ORDER BY n.message_id;

-- name: begin_messages
-- Mark the attempt of every message this claim still holds, and return those that may be called
-- now. From here on the provider may have them. A message that an event proved sent leaves, unless
-- it is to be sent once more; what has come to stand against one since the claim is dealt with as
-- there.
WITH wanted AS (
    SELECT *
      FROM unnest(%(message_ids)s::uuid[], %(attempt_ids)s::uuid[]) AS w (message_id, attempt_id)
), mine AS (
    SELECT d.message_id, d.group_id, w.attempt_id,
           s.status >= 'sent' AND NOT d.is_resend AS is_sent,
           c.channel IS NOT NULL AND c.probe_message_id IS DISTINCT FROM d.message_id AS is_parked
      FROM wanted AS w
      JOIN dispatch AS d USING (message_id)
      JOIN message_state AS s USING (message_id)
      LEFT JOIN circuit AS c ON c.channel = d.channel
     WHERE d.claim_id = %(claim_id)s::uuid
       AND d.begun_at IS NULL
     ORDER BY d.message_id
       FOR UPDATE OF d
), barred AS (
    SELECT mine.message_id, g.state
      FROM mine
      JOIN message_group AS g USING (group_id)
     WHERE g.state <> 'active'
       FOR SHARE OF g
), judged AS (
    SELECT mine.message_id, mine.attempt_id,
           mine.is_sent OR coalesce(b.state = 'stopped', false) AS is_over,
           mine.is_parked OR b.state IS NOT NULL AS waits,
           b.state IS NOT NULL AS is_held
      FROM mine
      LEFT JOIN barred AS b USING (message_id)
), begun AS (
    UPDATE dispatch AS d
       SET attempt_id = j.attempt_id,
           begun_at = %(now)s::timestamptz,
           attempts = d.attempts + 1
      FROM judged AS j
     WHERE d.message_id = j.message_id AND NOT j.is_over AND NOT j.waits
    RETURNING d.message_id
), released AS (
    UPDATE dispatch AS d
       SET claim_id = NULL, claimed_until = NULL, enqueued_at = NULL, is_held = j.is_held
      FROM judged AS j
     WHERE d.message_id = j.message_id AND NOT j.is_over AND j.waits
), dropped AS (
    DELETE FROM dispatch AS d
     USING judged AS j
     WHERE d.message_id = j.message_id AND j.is_over
    RETURNING d.message_id
), joined AS (
    UPDATE message_state AS s
       SET status = greatest(s.status, n.status),
           attempts = s.attempts + n.attempts
      FROM (SELECT message_id, 'sending'::message_status AS status, 1 AS attempts FROM begun
             UNION ALL
            SELECT message_id, 'stopped', 0 FROM dropped) AS n
     WHERE s.message_id = n.message_id
)
SELECT message_id FROM begun;

-- name: record_outcomes
-- Write down what came of a chunk. A message without a status is deferred: it becomes due again,
-- as if never begun. All others leave `dispatch`. Only what this claim and attempt still hold is
-- touched, so a repeat changes nothing; but that a provider accepted a message is always kept, and
-- keeps it from being begun again. An event that came first has the last word: statuses are joined.
-- A recipient whom the provider itself keeps on a list is put on ours: no event would tell of that.
-- When the chunk was held back is appended.
WITH outcome AS (
    SELECT *
      FROM unnest(
               %(message_ids)s::uuid[], %(attempt_ids)s::uuid[], %(statuses)s::message_status[],
               %(ats)s::timestamptz[], %(provider_message_ids)s::text[], %(causes)s::text[],
               %(cause_details)s::text[], %(refunds)s::smallint[], %(suppress_as)s::text[]
           ) AS o (message_id, attempt_id, status, at, provider_message_id, cause, cause_detail,
                   refund, suppress_as)
), held AS (
    SELECT d.message_id, o.status, o.at, o.refund
      FROM outcome AS o
      JOIN dispatch AS d USING (message_id)
     WHERE (d.claim_id = %(claim_id)s::uuid AND d.attempt_id IS NOT DISTINCT FROM o.attempt_id)
        OR (o.status = 'sent' AND d.begun_at IS NULL)
     ORDER BY d.message_id
       FOR UPDATE OF d
), settled AS (
    DELETE FROM dispatch AS d
     USING held AS h
     WHERE d.message_id = h.message_id AND h.status IS NOT NULL
), deferred AS (
    UPDATE dispatch AS d
       SET due_at = h.at,
           attempts = d.attempts - h.refund,
           enqueued_at = NULL, claim_id = NULL, claimed_until = NULL,
           attempt_id = NULL, begun_at = NULL
      FROM held AS h
     WHERE d.message_id = h.message_id AND h.status IS NULL
), suppressed AS (
    INSERT INTO suppression (channel, address, reason, cause, message_id, created_at)
    SELECT DISTINCT ON (1, 2, 3)
           m.channel, lower(m.recipient), o.suppress_as::suppression_reason, o.cause, m.message_id,
           o.at
      FROM outcome AS o
      JOIN message AS m USING (message_id)
     WHERE o.suppress_as IS NOT NULL
     ORDER BY 1, 2, 3, o.at
    ON CONFLICT (channel, address, reason) DO NOTHING
), held_back AS (
    INSERT INTO throttling (began_at, claim_id, channel, ended_at, calls)
    SELECT h.began_at, %(claim_id)s::uuid, h.channel, h.ended_at, h.calls
      FROM unnest(
               %(held_channels)s::channel[], %(held_from)s::timestamptz[],
               %(held_until)s::timestamptz[], %(held_calls)s::integer[]
           ) AS h (channel, began_at, ended_at, calls)
    ON CONFLICT (began_at, claim_id) DO NOTHING
)
UPDATE message_state AS s
   SET status = greatest(s.status, o.status),
       attempts = s.attempts - o.refund,
       provider_message_id = coalesce(s.provider_message_id, o.provider_message_id),
       sent_at = least(s.sent_at, CASE WHEN o.status = 'sent' THEN o.at END),
       failed_at = CASE
                       WHEN greatest(s.status, o.status) >= 'sent' THEN NULL
                       WHEN o.status IN ('expired', 'suppressed', 'failed') THEN o.at
                       ELSE s.failed_at
                   END,
       cause = CASE WHEN o.status > s.status THEN o.cause ELSE s.cause END,
       cause_detail = CASE WHEN o.status > s.status THEN o.cause_detail ELSE s.cause_detail END
  FROM outcome AS o
  LEFT JOIN held AS h USING (message_id)
 WHERE s.message_id = o.message_id
   AND (h.message_id IS NOT NULL OR o.status = 'sent');
