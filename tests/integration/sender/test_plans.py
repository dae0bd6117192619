"""No statement of sender or sweeper reads more than it works on, whatever the backlog."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, LiteralString, cast
from uuid import UUID

import pytest

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, Kind, OnUnconfirmed
from message_tracker.core.domain.outcome import Unknown
from message_tracker.core.store.queries import queries
from tests.fakes import FakeEmailProvider
from tests.outbox import NOW, Outbox

BACKLOG = 20_000
GROUP = new_id()


@pytest.fixture
def backlog(outbox: Outbox) -> Outbox:
    """A large campaign on the queues, and a few messages for each thing the sweeper looks for."""
    outbox.database.fetch(
        "INSERT INTO message_group (group_id) VALUES (%(group_id)s)", {"group_id": GROUP}
    )
    outbox.accept(BACKLOG, kind=Kind.MARKETING)
    outbox.accept(20, group_id=GROUP, is_enqueued=False)
    outbox.accept(5, ttl=timedelta(minutes=1))
    outbox.email = FakeEmailProvider([Unknown("timeout")] * 20)
    outbox.send(outbox.accept(20, on_unconfirmed=OnUnconfirmed.HOLD))
    for number in range(200):
        outbox.event(None, "delivered", Channel.EMAIL if number % 2 else Channel.TEXT)
    for table in ("dispatch", "message_state", "message", "message_event", "message_group"):
        outbox.database.fetch(f"ANALYZE {table}")
    return outbox


def parameters(message_ids: list[UUID]) -> dict[str, Any]:
    count = len(message_ids)
    return {
        "message_ids": message_ids,
        "attempt_ids": [new_id() for _ in message_ids],
        "claim_id": new_id(),
        "channel": "email",
        "now": NOW,
        "claimed_until": NOW,
        "before": NOW + timedelta(minutes=1),
        "most": 5_000,
        "most_attempts": 5,
        "cause": "sender/Expired",
        "refused": message_ids[:1],
        "statuses": ["sent"] * count,
        "ats": [NOW] * count,
        "provider_message_ids": ["ses-1"] * count,
        "causes": [None] * count,
        "cause_details": [None] * count,
        "refunds": [0] * count,
        "suppress_as": [None] * count,
        "held_channels": ["email"],
        "held_from": [NOW],
        "held_until": [NOW + timedelta(seconds=1)],
        "held_calls": [0],
        "since": NOW - timedelta(hours=1),
        "delay": timedelta(minutes=15),
        "event_types": ["TEXT_UNREACHABLE"],
        "patience": timedelta(minutes=1),
        "first_wait": timedelta(minutes=1),
        "longest_wait": timedelta(minutes=15),
        "message_id": new_id(),
        "cause_detail": "",
        "group_id": GROUP,
        "state": "stopped",
        "bounce_share": 0.1,
        "complaint_share": 0.1,
        "least_sent": 1,
        "fewest": 1,
    }


WIDE = {"dispatch", "message_state", "message"}
# What was begun is in doubt a minute later; what is on a queue is lost after a day.
OF_QUERY = {"free_stale": {"before": NOW - timedelta(days=1)}}


def scanned(node: dict[str, Any]) -> Iterator[str]:
    """Yield the tables that a plan reads from end to end."""
    if node["Node Type"] == "Seq Scan":
        yield node["Relation Name"]
    for child in node.get("Plans", ()):
        yield from scanned(child)


# No search, or the API's.
NOT_OURS = {
    "prepare_event_partitions", "ensure_group", "group_by_name", "group_to_join", "find_group",
    "page_of_groups", "create_group", "change_group", "lock_budget",
    "count_segments_taken",
}  # fmt: skip
QUERIES = [
    (aggregate, name)
    for aggregate in ("dispatch", "sweep", "circuits", "groups")
    for name in queries(aggregate)
    if name not in NOT_OURS
]


@pytest.fixture
def chunk(backlog: Outbox) -> list[UUID]:
    return some_of(backlog, 45)


def some_of(backlog: Outbox, most: int) -> list[UUID]:
    query = "SELECT message_id FROM dispatch LIMIT %(most)s"
    return [row["message_id"] for row in backlog.database.fetch(query, {"most": most})]


def explained(backlog: Outbox, query: LiteralString, values: dict[str, Any]) -> set[str]:
    """Return the wide tables that a query reads from end to end."""
    told = cast("Any", f"EXPLAIN (FORMAT json) {query}")
    [row] = backlog.database.fetch(told, values)
    return WIDE & set(scanned(row["QUERY PLAN"][0]["Plan"]))


def test_no_statement_scans_the_dispatch_the_states_or_the_messages(
    backlog: Outbox, chunk: list[UUID]
) -> None:
    scans = {
        name: explained(
            backlog, queries(aggregate)[name], parameters(chunk) | OF_QUERY.get(name, {})
        )
        for aggregate, name in QUERIES
    }

    assert {} == {name: tables for name, tables in scans.items() if tables}


def test_a_part_of_a_sweep_is_not_compared_with_itself(backlog: Outbox) -> None:
    part = parameters(some_of(backlog, 5_000))
    # What it looks for was claimed this moment: the planner expects next to nothing, and would join
    # whatever there is to join by a loop.
    for setting in ("enable_hashjoin", "enable_mergejoin"):
        backlog.database.fetch(cast("Any", f"SET {setting} = off"))

    plans = {
        name: str(backlog.database.fetch(cast("Any", f"EXPLAIN {queries('sweep')[name]}"), part))
        for name in ("take_due", "confirm_enqueued", "free_expired_claims", "free_stale")
    }

    assert {} == {name: plan for name, plan in plans.items() if "Nested Loop" in plan}


def test_a_silent_channel_s_last_event_is_sought_by_time(
    backlog: Outbox, chunk: list[UUID]
) -> None:
    query = cast("Any", f"EXPLAIN {queries('sweep')['retry_unconfirmed']}")

    rows = backlog.database.fetch(query, parameters(chunk))

    plan = "\n".join(row["QUERY PLAN"] for row in rows)
    assert "message_event_default_pkey" in plan or "_pkey on message_event_" in plan
