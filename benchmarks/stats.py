"""How long questions take, of a database of half a million messages and of one ten times as large.

Times are of the product's own calls from this process, medians, and so include a round trip and the
making of objects. Beside them, what keeping the counts adds to reading events.
"""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import timedelta
from statistics import median
from uuid import UUID

from benchmarks.event_data import Traffic, traffic
from benchmarks.figures import report
from benchmarks.ingest_contestants import ours, prepare
from benchmarks.measured_postgres import connected, database, measured, server
from benchmarks.stats_data import CAMPAIGN, NOW, PER_PERSON, fill
from message_tracker.core.domain.message_search import MessageSearch
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from message_tracker.core.store.groups import Groups
from message_tracker.core.store.messages import Messages
from message_tracker.core.store.stats import Statistics
from message_tracker.local.postgres import embedded_postgres

# Filling takes minutes as it is; autovacuum would fall on whoever asks next.
_SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "8GB", "autovacuum": "off", "jit": "off"}
_PAGE = 50
_UNCOUNTED = "ALTER TABLE message_state DISABLE TRIGGER message_state_tally_updated"


def run(*, quick: bool) -> dict[str, object]:
    """Measure, and return the report: milliseconds, and their growth."""
    sizes = {"50k": 50_000, "500k": 500_000} if quick else {"500k": 500_000, "5m": 5_000_000}
    repeats = 100 if quick else 300
    with embedded_postgres(settings=_SETTINGS) as url:
        taken = _taken(url, sizes, repeats)
    small, large = sizes
    figures = {
        name: {f"ms_at_{size}": round(taken[size][name], 3) for size in sizes}
        for name in taken[small]
    }
    round_trip = taken[large]["round_trip"]
    counters = _counters(traffic(10_000 if quick else 40_000), rounds=3 if quick else 5)
    return report(
        "stats",
        conditions={"messages": list(sizes.values()), "repeats": repeats, "fsync": "off"},
        figures={
            **{name: each for name, each in figures.items() if name != "round_trip"},
            "round_trip_ms": round(round_trip, 3),
            "ingest_cpu_us": counters,
        },
        ratios={
            "counters_over_none": counters["with_counters"] / counters["without"],
            **{
                f"{name}_over_round_trip": taken[large][name] / round_trip
                for name in ("group_counts", "sent_24h")
            },
            **{
                f"{name}_growth": taken[large][name] / taken[small][name]
                for name in taken[small]
                if name != "round_trip"
            },
        },
    )


def _taken(url: str, sizes: Mapping[str, int], repeats: int) -> dict[str, dict[str, float]]:
    """Return each question's median in milliseconds, of each size; the sizes take turns."""
    with ExitStack() as stack:
        asked: dict[str, dict[str, Callable[[], object]]] = {}
        for size, number in sizes.items():
            store = stack.enter_context(
                connected(stack.enter_context(database(url, f"stats_{size}")))
            )
            fill(store, number)
            asked[size] = _questions(store, number)
        times: dict[str, dict[str, list[float]]] = {
            size: {name: [] for name in questions} for size, questions in asked.items()
        }
        for _ in range(repeats):
            for size, questions in asked.items():
                for name, ask in questions.items():
                    times[size][name].append(_milliseconds(ask))
    return {
        size: {name: median(each) for name, each in of_size.items()}
        for size, of_size in times.items()
    }


def _milliseconds(ask: Callable[[], object]) -> float:
    began = time.perf_counter()
    ask()
    return (time.perf_counter() - began) * 1000


def _questions(store: Database, number: int) -> dict[str, Callable[[], object]]:
    """Return what is asked, each time of another message, person or group."""
    chance = random.Random(number)
    ids = [
        row["message_id"]
        for row in store.fetch("SELECT message_id FROM numbered TABLESAMPLE SYSTEM (1)")
    ]
    messages, groups, statistics = Messages(store), Groups(store), Statistics(store)

    def found(search: Callable[[], MessageSearch]) -> Callable[[], object]:
        return lambda: messages.search(search(), None, _PAGE)

    def of_provider() -> MessageSearch:
        return MessageSearch(provider_message_id=f"ses-{chance.randrange(number)}")

    def of_recipient() -> MessageSearch:
        return MessageSearch(to=f"person-{chance.randrange(number // PER_PERSON)}@example.com")

    def bounced() -> MessageSearch:
        until = NOW - timedelta(minutes=chance.randrange(40_000))
        return MessageSearch(status=MessageStatus.BOUNCED, accepted_until=until)

    return {
        "round_trip": lambda: store.fetch("SELECT %(nothing)s::text", {"nothing": None}),
        "group_counts": lambda: groups.find(CAMPAIGN),
        "small_group_counts": lambda: groups.find(UUID(int=2 + chance.randrange(number // 1000))),
        "sent_24h": lambda: statistics.sent_since(NOW - timedelta(hours=24, minutes=7)),
        "message_by_id": lambda: messages.find(chance.choice(ids)),
        "by_provider_id": found(of_provider),
        "recipient_history": found(of_recipient),
        "search": found(bounced),
    }


def _counters(events: Traffic, *, rounds: int) -> dict[str, float]:
    """Return the CPU time of reading an event, with the counts' triggers and without them."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    with server() as url, database(url, "prepared") as prepared:
        prepare(prepared, events)
        for turn in range(rounds):
            for is_counted in (True, False) if turn % 2 else (False, True):
                with database(url, "ingested", "prepared") as copy, connected(copy) as store:
                    if not is_counted:
                        store.fetch(_UNCOUNTED)
                    cost = measured(ours(store, events), store.fetch)
                    taken[is_counted].append(cost.cpu / events.events * 1e6)
    return {
        "with_counters": round(median(taken[True]), 2),
        "without": round(median(taken[False]), 2),
    }
