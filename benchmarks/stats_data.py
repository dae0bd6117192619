"""Made-up messages of a month, by the million: what statistics are asked of.

Of every ten messages one is of a campaign of its own, the others are of groups of a thousand; each
person gets twenty. Written by a few statements, with the counts that triggers would have kept.
"""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import migrate

NOW: Final = datetime(2026, 3, 31, tzinfo=UTC)
PERIOD: Final = timedelta(days=30)
PER_PERSON: Final = 20
CAMPAIGN: Final = UUID(int=1)

_NUMBERED = """
CREATE TABLE numbered AS
SELECT n,
       -- RFC 9562, 5.7: the time in milliseconds, the version, the variant, and a number.
       (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '70008000'
        || lpad(to_hex(n), 12, '0'))::uuid AS message_id,
       CASE WHEN n %% 10 = 0 THEN lpad('1', 32, '0') ELSE lpad(to_hex(2 + n / 1000), 32, '0')
       END::uuid AS group_id,
       at,
       (ARRAY['delivered', 'sent', 'bounced', 'undelivered', 'complained'])[
           1 + (n %% 100 >= 80)::int + (n %% 100 >= 90)::int + (n %% 100 >= 95)::int
           + (n %% 100 >= 99)::int
       ]::message_status AS status
  FROM (
           SELECT n, %(now)s::timestamptz - %(period)s::interval * (n / %(number)s::float) AS at
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
    INSERT INTO message (message_id, group_id, content_id, channel, kind, recipient, segments,
                         on_unconfirmed, send_at, created_at)
    SELECT message_id, group_id, group_id, 'email', 'marketing',
           'person-' || n % (SELECT count(*) / 20 FROM numbered) || '@example.com', 0, 'hold', at,
           at
      FROM numbered ORDER BY n DESC
    """,
    """
    INSERT INTO message_state (message_id, group_id, channel, attempts, provider_message_id, status,
                               sent_at, delivered_at)
    SELECT message_id, group_id, 'email', 1, 'ses-' || n, status, at, at
      FROM numbered ORDER BY n DESC
    """,
    """
    INSERT INTO message_event (event_key, occurred_at, received_at, message_id, channel, status,
                               is_final, event_type)
    SELECT message_id, at, at, message_id, 'email', 'delivered', true, 'Delivery'
      FROM numbered ORDER BY n DESC
    """,
    """
    INSERT INTO group_tally (group_id, day, channel, kind, report_type, template, status, messages,
                             segments, opened, clicked, unsubscribed)
    SELECT group_id, (at AT TIME ZONE 'UTC')::date, 'email', 'marketing', '', '', status, count(*),
           0, 0, 0, 0
      FROM numbered GROUP BY 1, 2, 7
    """,
    """
    INSERT INTO daily_tally (day, channel, kind, report_type, template, status, messages, segments,
                             opened, clicked, unsubscribed)
    SELECT day, channel, kind, report_type, template, status, sum(messages), 0, 0, 0, 0
      FROM group_tally GROUP BY 1, 2, 3, 4, 5, 6
    """,
    """
    INSERT INTO sent_per_minute
    SELECT date_trunc('minute', at), 'email', count(*), 0 FROM numbered GROUP BY 1
    """,
    """
    INSERT INTO sent_per_hour
    SELECT date_trunc('hour', begins_at), 'email', sum(messages), 0 FROM sent_per_minute GROUP BY 1
    """,
)


def fill(database: Database, number: int) -> None:
    """Bring a database to the schema, and write so many messages."""
    migrate(database, now=NOW - PERIOD)
    parameters = {"now": NOW, "period": PERIOD, "number": number}
    with database.transaction() as cursor:
        # No trigger looks at each row: neither those of the keys nor those of the counts.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_NUMBERED, parameters)
        for statement in _ROWS:
            cursor.execute(statement)
    database.fetch("VACUUM ANALYZE")
