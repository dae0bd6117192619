"""Counts are read by index: as fast beside a million groups as beside one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from message_tracker.core.domain.ids import new_id
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries
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


def nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every step of a plan."""
    yield node
    for child in node.get("Plans", ()):
        yield from nodes(child)


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


def parameters() -> dict[str, datetime | object]:
    return {
        "group_id": new_id(),
        "name": "spring",
        "before": new_id(),
        "is_named": False,
        "limit": 50,
        "since": NOW - timedelta(hours=24),
        "first_hour": NOW - timedelta(hours=23),
    }


@pytest.mark.parametrize(
    ("aggregate", "name"),
    [("groups", "find_group"), ("groups", "page_of_groups"), ("stats", "count_sent_since")],
)
def test_no_table_of_counts_is_read_from_end_to_end(
    counts: Database, aggregate: str, name: str
) -> None:
    query = cast("Any", f"EXPLAIN (FORMAT json) {queries(aggregate)[name]}")

    [row] = counts.fetch(query, parameters())

    assert [] == [
        node["Relation Name"]
        for node in nodes(row["QUERY PLAN"][0]["Plan"])
        if node["Node Type"] == "Seq Scan"
    ]
