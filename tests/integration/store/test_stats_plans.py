"""Counts are read by index: as fast beside a million groups as beside one."""

from datetime import timedelta
from typing import Any, cast

import pytest

from message_tracker.core.domain.ids import new_id
from message_tracker.core.store.database import Database
from message_tracker.core.store.groups import Groups
from message_tracker.core.store.stats import Statistics
from tests.outbox import NOW

_TALLIES = """
INSERT INTO group_tally
SELECT gen_random_uuid(), date '2026-01-01' + n % 300, 'email', 'marketing', '', '', 'delivered',
       1, 0, 0, 0, 0
  FROM generate_series(1, 20000) AS n
"""
_CHANGES = """
INSERT INTO tally_change
SELECT now(), gen_random_uuid(), '2026-01-01', 'email', 'marketing', '', gen_random_uuid(), false,
       'sent', timestamptz '2026-01-01' + n * interval '1 minute', 1, 0, 0, 0, 0
  FROM generate_series(1, 20000) AS n
"""
_GROUPS = """
INSERT INTO message_group (group_id, name)
SELECT gen_random_uuid(), 'group ' || n FROM generate_series(1, 20000) AS n
"""
_SENT = """
INSERT INTO {table}
SELECT timestamptz '2026-01-01' + n * interval '1 minute', 'email', 1, 0
  FROM generate_series(1, 20000) AS n
"""


@pytest.fixture
def counts(database: Database) -> Database:
    """A database with many groups, minutes and changes."""
    database.fetch(_TALLIES)
    database.fetch(_CHANGES)
    for table in ("sent_per_minute", "sent_per_hour"):
        database.fetch(cast("Any", _SENT.format(table=table)))
    database.fetch(_GROUPS)
    database.fetch("ANALYZE")
    return database


def scans(database: Database) -> dict[str, int]:
    """Return how often each table was read from end to end."""
    database.fetch("SELECT pg_stat_force_next_flush()")
    rows = database.fetch("SELECT relname, seq_scan FROM pg_stat_user_tables")
    return {row["relname"]: row["seq_scan"] for row in rows}


def test_no_group_is_counted_by_reading_others(counts: Database) -> None:
    groups = Groups(counts)
    before = scans(counts)

    for number in range(10):
        groups.find(new_id())
        groups.find(f"group {number}")
        groups.page(before=new_id(), limit=20, is_named=True)

    after = scans(counts)
    tables = ("message_group", "group_tally", "tally_change")
    assert {name: before[name] for name in tables} == {name: after[name] for name in tables}


def test_what_was_sent_is_counted_without_reading_all_minutes(counts: Database) -> None:
    statistics = Statistics(counts)
    before = scans(counts)

    for hours in range(10):
        statistics.sent_since(NOW - timedelta(hours=hours, minutes=1))

    assert before["sent_per_minute"] == scans(counts)["sent_per_minute"]
