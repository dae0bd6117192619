"""Made-up messages of one day, by the million, with the events that told of them.

Of every ten messages two are texts. Half are of one campaign, the others of groups of a thousand;
the recipients are at a hundred mailbox providers, and at three carriers. Each message was sent and
delivered; of the e-mails a fifth was opened, and of the texts the last event tells the price.
"""

from datetime import UTC, date, datetime
from typing import Final

from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import migrate

DAY: Final = date(2026, 3, 30)
NOW: Final = datetime(2026, 3, 31, 6, tzinfo=UTC)

_NUMBERED = """
CREATE TABLE numbered AS
SELECT n, at,
       -- RFC 9562, 5.7: the time in milliseconds, the version, the variant, and a number.
       (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000'
        || lpad(to_hex(n), 12, '0'))::uuid AS message_id,
       CASE WHEN n %% 2 = 0 THEN lpad('1', 32, '0') ELSE lpad(to_hex(2 + n / 2000), 32, '0')
       END::uuid AS group_id,
       CASE WHEN n %% 10 < 8 THEN 'email' ELSE 'text' END::channel AS channel,
       (ARRAY['delivered', 'sent', 'bounced', 'undelivered', 'complained'])[
           1 + (n %% 100 >= 80)::int + (n %% 100 >= 90)::int + (n %% 100 >= 95)::int
           + (n %% 100 >= 99)::int
       ]::message_status AS status,
       interval '1 s' * (0.4 + (n %% 1000 * 7919 %% 1000) ^ 2 / 20000.0) AS took
  FROM (
           SELECT n, %(day)s::date::timestamp AT TIME ZONE 'UTC'
                     + interval '1 day' * (n / %(number)s::float) AS at
             FROM generate_series(0, %(number)s::integer - 1) AS n
       ) AS timed
"""
_ROWS = (
    """
    INSERT INTO message_group (group_id, name, created_at)
    SELECT group_id, 'group ' || min(n), min(at) FROM numbered GROUP BY group_id
    """,
    """
    INSERT INTO message_content (content_id, subject, body, is_template)
    SELECT group_id, 'News', 'Hello', false FROM message_group
    """,
    """
    INSERT INTO message (message_id, group_id, content_id, channel, kind, recipient, user_id,
                         report_type, segments, on_unconfirmed, send_at, created_at)
    SELECT message_id, group_id, group_id, channel, 'marketing',
           CASE WHEN channel = 'text' THEN '+1425' || lpad(n::text, 7, '0')
                WHEN n %% 3 = 0 THEN 'person-' || n || '@gmail.com'
                ELSE 'person-' || n || '@provider-' || n / 10 %% 100 || '.example' END,
           'user-' || n / 3, (ARRAY['newsletter', 'receipt', 'code'])[1 + n %% 3],
           CASE channel WHEN 'email' THEN 0 ELSE 1 END, 'hold', at, at
      FROM numbered ORDER BY n
    """,
    """
    INSERT INTO message_state (message_id, group_id, channel, attempts, provider_message_id, status,
                               cause, sent_at, delivered_at, opened_at)
    SELECT message_id, group_id, channel, 1, 'id-' || n, status,
           CASE WHEN status IN ('bounced', 'undelivered') AND channel = 'email'
                THEN 'Bounce/Permanent/General' END,
           at, CASE WHEN status IN ('delivered', 'complained') THEN at + took END,
           CASE WHEN n %% 5 = 0 AND channel = 'email' THEN at + interval '1 hour' END
      FROM numbered ORDER BY n
    """,
    """
    INSERT INTO message_event (event_key, occurred_at, received_at, message_id, channel, status,
                               is_final, event_type, details)
    SELECT (left(first_event_key(occurred_at)::text, 13) || left(md5(event_type || n), 20))::uuid,
           occurred_at, occurred_at, message_id, channel, told.status::message_status, false,
           event_type, details
      FROM numbered
     CROSS JOIN LATERAL (
         VALUES ('sent', CASE channel WHEN 'email' THEN 'Send' ELSE 'TEXT_SENT' END, at, NULL),
                ('delivered', CASE channel WHEN 'email' THEN 'Delivery' ELSE 'TEXT_DELIVERED' END,
                 at + took,
                 CASE channel WHEN 'email' THEN '["250 2.0.0 OK","mta.example",null,1240]'
                      ELSE '["DELIVERED","Message has been accepted by phone carrier",'
                           || '"+12065550100","US","Carrier ' || n %% 3
                           || '","310","260","GSM",1,0.00581,0.003]'
                 END),
                (NULL, 'Open', CASE WHEN n %% 5 = 0 AND channel = 'email' THEN at END,
                 '["203.0.113.7","Mozilla/5.0"]')
     ) AS told (status, event_type, occurred_at, details)
     WHERE occurred_at IS NOT NULL
     ORDER BY n
    """,
)


def fill(database: Database, number: int) -> None:
    """Bring a database to the schema, and write so many messages of the day."""
    migrate(database, now=datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC))
    parameters = {"day": DAY, "number": number}
    with database.transaction() as cursor:
        # No trigger looks at each row: neither those of the keys nor those of the counts.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_NUMBERED, parameters)
        for statement in _ROWS:
            cursor.execute(statement, {})
    database.fetch("VACUUM ANALYZE")
