"""Days are counted, corrected and read by index, however much lies before them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from message_tracker.core.domain.daily import period_of
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries
from tests.history import a_week, plan

DAY = date(2026, 11, 20)
LAST = datetime(2026, 11, 20, 22, 40, tzinfo=UTC)
_COUNTS = """
INSERT INTO daily_count
SELECT day, 'email', false, n::text, NULL, '', NULL, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, NULL,
       NULL, NULL, NULL
  FROM daily_run, generate_series(1, 300) AS n
"""


@pytest.fixture
def history(database: Database) -> Database:
    """A week of messages and events, and a hundred days of counts."""
    a_week(database)
    database.fetch(
        "INSERT INTO daily_run (day, counted_at, events_until)"
        " SELECT date '2026-11-21' - n, now(), now() FROM generate_series(1, 100) AS n"
    )
    database.fetch(_COUNTS)
    database.fetch("VACUUM ANALYZE")
    return database


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
