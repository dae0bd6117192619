"""What is old is found by index, and what is done with is not looked at again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from message_tracker.core.domain.events.keys import first_key
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries
from tests.history import a_week, plan

RETENTION = queries("retention")
DONE = datetime(2026, 11, 20, tzinfo=UTC)
NEXT = {"behind_at": DONE, "before": DONE + timedelta(hours=1), "most": 100}


@pytest.fixture
def history(database: Database) -> Database:
    """A week of messages and events."""
    a_week(database)
    database.fetch("VACUUM ANALYZE")
    return database


def test_old_recipients_are_found_behind_those_that_are_done_with(history: Database) -> None:
    told = plan(history, RETENTION["forget_old_recipients"], NEXT | {"behind": UUID(int=0)})

    assert "message_by_time" in told
    assert "message_state_pkey" in told
    assert "Seq Scan on message" not in told


def test_old_details_are_found_behind_those_that_are_done_with(history: Database) -> None:
    told = plan(history, RETENTION["forget_old_details"], NEXT | {"behind": first_key(DONE)})

    assert "message_event_2026_11_pkey" in told
    assert "Seq Scan on message_event_2026_11" not in told


def test_late_events_are_found_among_what_was_received_lately(history: Database) -> None:
    parameters = {"done_before": DONE, "looked_at": DONE}

    told = plan(history, RETENTION["earliest_late_event"], parameters)

    assert "message_event_2026_11_received_at_idx" in told
    assert "Seq Scan on message_event_2026_11" not in told
