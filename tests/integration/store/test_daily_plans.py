"""Days are counted, corrected and read by index, however much lies before them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString

import pytest

from message_tracker.core.domain.daily import period_of
from message_tracker.core.domain.ids import new_id
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries
from tests.stored_messages import store_messages

DAY = date(2026, 11, 20)
LAST = datetime(2026, 11, 20, 22, 40, tzinfo=UTC)
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
_COUNTS = """
INSERT INTO daily_count
SELECT day, 'email', false, n::text, NULL, '', NULL, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL,
       NULL, NULL, NULL
  FROM daily_run, generate_series(1, 300) AS n
"""


@pytest.fixture
def history(database: Database) -> Database:
    """A week of messages and events, one a minute, and a hundred days of counts."""
    message_id = new_id()
    with database.transaction() as cursor:
        store_messages(cursor, [message_id], recipient="+14254147755")
    database.fetch(_MESSAGES)
    database.fetch(_STATES)
    database.fetch(_EVENTS, {"message_id": message_id})
    database.fetch(
        "INSERT INTO daily_run (day, counted_at, events_until)"
        " SELECT date '2026-11-21' - n, now(), now() FROM generate_series(1, 100) AS n"
    )
    database.fetch(_COUNTS)
    database.fetch("VACUUM ANALYZE")
    return database


def plan(database: Database, query: LiteralString, parameters: dict[str, Any]) -> str:
    asked: Any = f"EXPLAIN {query}"
    return "\n".join(row["QUERY PLAN"] for row in database.fetch(asked, parameters))


def test_late_days_are_found_by_reading_what_was_received_lately(history: Database) -> None:
    parameters = {
        "since": LAST - timedelta(hours=1),
        "first_day": DAY - timedelta(days=28),
        "margin": timedelta(minutes=2),
    }

    told = plan(history, queries("daily_counting")["mark_late_days"], parameters)

    assert "message_event_2026_11_received_at_idx" in told
    assert "Seq Scan on message_event_2026_11" not in told
    assert "Seq Scan on message " not in told


def test_a_day_is_counted_without_reading_others(history: Database) -> None:
    period = period_of(DAY)
    parameters = {"day": DAY, "start": period.start, "end": period.end}

    told = plan(history, queries("daily_counting")["keep_counts"], parameters)

    assert "message_by_time" in told
    assert "message_event_2026_11_pkey" in told
    for table in ("message ", "message_event_2026_11"):
        assert f"Seq Scan on {table}" not in told


def test_days_are_read_without_reading_others(history: Database) -> None:
    parameters = {"first_day": DAY, "last_day": DAY, "by": "channel", "live_days": [], "starts": []}
    parameters |= {"ends": [], "after_day": None, "after_accepted": None, "after_label": None}

    told = plan(history, queries("daily")["read_days"], {**parameters, "limit": 10})

    assert "daily_count_is_one_per_label" in told
    assert "Seq Scan on daily_count" not in told
