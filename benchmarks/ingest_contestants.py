"""What the event processor is measured against."""
from datetime import UTC, datetime
from uuid import uuid4
import psycopg

from benchmarks.event_data import START, Traffic
from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import migrate
from message_tracker.core.domain.message import Channel

_SENT = """
WITH grouped AS (
    INSERT INTO message_group (group_id) VALUES (%(group_id)s::uuid) RETURNING group_id
), said AS (
    INSERT INTO message_content (content_id, is_template) VALUES (%(group_id)s::uuid, false)
    RETURNING content_id
), written AS (
    INSERT INTO message (
               message_id, group_id, content_id, channel, kind, recipient, segments,
               on_unconfirmed, send_at
           )
    SELECT message_id, group_id, content_id, %(channel)s::channel, 'transactional',
           'person-' || message_id || '@example.com',
           CASE %(channel)s::channel WHEN 'text' THEN 1 ELSE 0 END, 'hold', now()
      FROM grouped, said, unnest(%(message_ids)s::uuid[]) AS message_id
)
INSERT INTO message_state (
           message_id, group_id, channel, status, attempts, provider_message_id, sent_at
       )
SELECT message_id, %(group_id)s::uuid, %(channel)s::channel, 'sent', 1, provider_id, now()
  FROM unnest(%(message_ids)s::uuid[], %(provider_ids)s::text[]) AS sent (message_id, provider_id)
"""

def prepare(url: str, traffic: Traffic) -> None:
    """Bring a database to the schema, with the known messages as a sender has left them."""
    database = Database(lambda: url)
    migrate(database, now=START)
    for channel, known in ((Channel.EMAIL, traffic.known_emails), (Channel.TEXT, traffic.known_texts)):
        database.fetch(_SENT, {"channel": channel, "group_id": uuid4(), "message_ids": list(known), "provider_ids": list(known.values())})
    database.fetch("VACUUM ANALYZE")
    database.close()
