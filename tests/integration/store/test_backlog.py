"""What waits: exact while it is small, about right and as cheap when it is large."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from message_tracker.core.domain.message import Channel, GroupState, Kind
from message_tracker.core.store.backlog import Backlogs
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
PAGES_READ = 200


def put(database: Database, count: int, **columns: str) -> None:
    """Put rows of work there; only what the estimate reads is real."""
    given = {"channel": "'text'", "kind": "'marketing'", "units": "2", "due_at": "%(now)s"}
    given |= {"group_id": "gen_random_uuid()", "on_unconfirmed": "'retry'"} | columns
    statement = (
        f"INSERT INTO dispatch (message_id, {', '.join(given)})"
        f" SELECT gen_random_uuid(), {', '.join(given.values())} FROM generate_series(1, {count})"
    )
    database.fetch(cast("Any", statement), {"now": NOW})


@pytest.fixture
def loose(database: Database) -> Database:
    """A database whose work needs no messages, and is quickly put there."""
    database.fetch("ALTER TABLE dispatch DROP CONSTRAINT dispatch_message_id_fkey")
    return database


def test_nothing_waits_at_first(database: Database) -> None:
    backlog = Backlogs(database).before(NOW, None)

    assert set(backlog.units.values()) == {0}
    assert (backlog.parked, backlog.group) == (frozenset(), None)


def test_what_is_due_by_then_is_counted_exactly_by_channel_and_kind(loose: Database) -> None:
    put(loose, 7)
    put(loose, 3, kind="'transactional'", units="1")
    put(loose, 5, channel="'email'", units="1")
    put(loose, 100, due_at="%(now)s + interval '1 second'")
    put(loose, 100, is_held="true")
    put(loose, 100, begun_at="%(now)s", attempt_id="gen_random_uuid()")

    backlog = Backlogs(loose).before(NOW, None)

    assert backlog.units == {
        (Channel.TEXT, Kind.MARKETING): 14,
        (Channel.TEXT, Kind.TRANSACTIONAL): 3,
        (Channel.EMAIL, Kind.MARKETING): 5,
        (Channel.EMAIL, Kind.TRANSACTIONAL): 0,
    }
    assert Backlogs(loose).before(NOW + timedelta(1), None).units[Channel.TEXT, Kind.MARKETING] == (
        214
    )


def test_a_large_backlog_is_about_right_and_costs_no_more(loose: Database) -> None:
    loose.fetch("DROP INDEX dispatch_to_enqueue, dispatch_by_group")
    put(loose, 60_000)

    backlog = Backlogs(loose).before(NOW, None)

    assert backlog.units[Channel.TEXT, Kind.MARKETING] == pytest.approx(120_000, rel=0.25)
    assert pages(loose) > 2 * PAGES_READ
    assert read(loose) < 1.25 * PAGES_READ


def test_open_circuits_and_the_group_are_told(database: Database) -> None:
    database.fetch(
        "INSERT INTO circuit"
        " (channel, cause, cause_detail, opened_at, probe_at, refused_message_id)"
        " VALUES ('text', 'c', 'd', now(), now(), gen_random_uuid())"
    )
    (group,) = database.fetch(
        "INSERT INTO message_group (group_id, name, state)"
        " VALUES (gen_random_uuid(), 'spring', 'paused') RETURNING group_id"
    )

    by_name = Backlogs(database).before(NOW, "spring")
    by_id = Backlogs(database).before(NOW, str(group["group_id"]))

    assert (by_name.parked, by_name.group) == (frozenset({Channel.TEXT}), GroupState.PAUSED)
    assert by_id == by_name
    assert Backlogs(database).before(NOW, "autumn").group is None


def pages(database: Database) -> int:
    (row,) = database.fetch("SELECT pg_relation_size('dispatch') / 8192 AS pages")
    return int(row["pages"])


def read(database: Database) -> int:
    """Return the pages that the query reads."""
    query = cast("Any", f"EXPLAIN (ANALYZE, BUFFERS, FORMAT json) {queries('backlog')['backlog']}")
    (row,) = database.fetch(query, {"due_at": NOW, "group_id": None, "group_name": None})
    plan = row["QUERY PLAN"]
    found = json.loads(plan) if isinstance(plan, str) else plan
    return int(found[0]["Plan"]["Shared Hit Blocks"] + found[0]["Plan"]["Shared Read Blocks"])
