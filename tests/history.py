"""A week of messages and events, one a minute, and what the planner makes of a query over it."""

from typing import Any, LiteralString

from message_tracker.core.domain.ids import new_id
from message_tracker.core.store.database import Database
from tests.stored_messages import store_messages

_EVENTS = """
INSERT INTO message_event (event_key, occurred_at, received_at, message_id, channel, status,
                           is_final, event_type)
SELECT (left(first_event_key(at)::text, 13) || right(gen_random_uuid()::text, 23))::uuid, at, at,
       %(message_id)s, 'text', 'sent', false, 'TEXT_SENT'
  FROM (SELECT timestamptz '2026-11-14' + n * interval '1 minute' AS at
          FROM generate_series(1, 10000) AS n) AS timed
 ORDER BY at
"""
_MESSAGES = """
INSERT INTO message (message_id, group_id, content_id, channel, kind, recipient, segments,
                     on_unconfirmed, send_at, created_at)
SELECT gen_random_uuid(), group_id, content_id, channel, kind, recipient, segments, on_unconfirmed,
       send_at, timestamptz '2026-11-14' + n * interval '1 minute'
  FROM message, generate_series(1, 10000) AS n
"""
_STATES = """
INSERT INTO message_state (message_id, group_id, channel, status)
SELECT message_id, group_id, channel, 'sent'
  FROM message
 WHERE NOT EXISTS (SELECT FROM message_state AS s WHERE s.message_id = message.message_id)
"""


def a_week(database: Database) -> None:
    """Store it: the 14th to the 20th of November 2026."""
    message_id = new_id()
    with database.transaction() as cursor:
        store_messages(cursor, [message_id], recipient="+14254147755")
    database.fetch(_MESSAGES)
    database.fetch(_STATES)
    database.fetch(_EVENTS, {"message_id": message_id})


def plan(database: Database, query: LiteralString, parameters: dict[str, Any]) -> str:
    """Return the plan of a query, as EXPLAIN tells it."""
    asked: Any = f"EXPLAIN {query}"
    return "\n".join(row["QUERY PLAN"] for row in database.fetch(asked, parameters))
