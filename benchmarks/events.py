"""How fast archived events come into Postgres, and what they take there.

CPU time is the client's and its Postgres backend's together, per event. Contestants take turns,
each in a database of its own that already has the messages; see `ingest_contestants` for what they
do, `event_data` for what they read.
"""

import tracemalloc
from collections.abc import Callable, Mapping
from itertools import islice

import psycopg
from psycopg.rows import dict_row

from benchmarks import event_parsing
from benchmarks.event_data import Traffic, traffic
from benchmarks.figures import median_cpu_seconds, report
from benchmarks.ingest_contestants import batches, floor, naive, ours, prepare
from benchmarks.measured_postgres import Cost, connected, database, measured, server
from benchmarks.slow_network import slowed
from message_tracker.core.store.database import Database

_ROUND_TRIP_SECONDS = 0.001
_PREPARED = "prepared"
_SIZES = """
SELECT sum(pg_relation_size(inhrelid))::bigint AS heap, sum(pg_indexes_size(inhrelid))::bigint
           AS indexes,
       (SELECT avg(coalesce(pg_column_size(details), 0))::float FROM message_event) AS details
  FROM pg_inherits
 WHERE inhparent = 'message_event'::regclass
"""
_UPDATES = """
SELECT n_tup_hot_upd / greatest(n_tup_upd, 1)::float AS hot
  FROM pg_stat_user_tables
 WHERE relname = 'message_state'
"""


def run(*, quick: bool) -> dict[str, object]:
    """Measure, and return the report: microseconds and bytes per event, and ratios."""
    number, rounds, sample = (20_000, 3, 500) if quick else (200_000, 5, 4_000)
    events = traffic(number)
    with server() as url, database(url, _PREPARED) as prepared:
        prepare(prepared, events)
        bench = _Bench(url, events, sample)
        costs, sizes = bench.rounds(rounds)
        slow = bench.over_network()
    parsing = _parsing(events, sample=min(number, 20_000), rounds=5)
    per_event = {name: _per_event(cost, bench.number(name)) for name, cost in costs.items()}
    cpu = {name: figures["cpu_us"] for name, figures in per_event.items()}
    return report(
        "events",
        conditions={
            "events": number,
            "objects": len(events.objects),
            "mean_bytes": round(events.mean_bytes),
            "duplicates": round(1 - events.distinct / number, 3),
            "rounds": rounds,
            "naive_sample": sample,
            "django_anymail": "measured"
            if "anymail" in parsing
            else "not installed: pip install --require-hashes -r requirements/bench.txt",
        },
        figures={
            "per_event": per_event,
            **sizes,
            "wall_us_at_1ms_round_trip": slow,
            "parse_us": parsing,
            "memory_mb": _memory(events),
        },
        ratios={
            "of_floor": cpu["floor"] / cpu["ours"],
            "over_naive": cpu["naive"] / cpu["ours"],
            "over_naive_1ms_rtt": slow["naive"] / slow["ours"],
            **(
                {"parse_over_anymail": parsing["anymail"] / parsing["ours"]}
                if "anymail" in parsing
                else {}
            ),
        },
    )


class _Bench:
    """The contestants on one server; `sample` events are enough for the naive one."""

    def __init__(self, url: str, events: Traffic, sample: int) -> None:
        self._url = url
        self._events = events
        self._sample = list(islice(events.lines, sample))

    def number(self, name: str) -> int:
        """Return how many events a contestant reads."""
        return len(self._sample) if name == "naive" else self._events.events

    def rounds(self, rounds: int) -> tuple[dict[str, Cost], dict[str, object]]:
        """Return each contestant's round of median CPU time, and what ours left in the tables."""
        taken: dict[str, list[Cost]] = {"floor": [], "ours": [], "naive": []}
        sizes: dict[str, object] = {}
        for turn in range(rounds):
            for name in ("ours", "floor") if turn % 2 else ("floor", "ours"):
                with (
                    database(self._url, name, _PREPARED) as url,
                    connected(url) as store,
                ):
                    contest = {"floor": floor, "ours": ours}[name](store, self._events)
                    taken[name].append(measured(contest, store.fetch))
                    if name == "ours":
                        sizes = self._sizes(store)
            taken["naive"].append(self._naive())
        return {name: sorted(costs, key=_cpu)[len(costs) // 2] for name, costs in taken.items()}, (
            sizes
        )

    def over_network(self) -> dict[str, float]:
        """Return the wall time of an event in microseconds, a millisecond's round trip away."""
        host, _, port_and_name = self._url.rpartition(":")
        port = int(port_and_name.partition("/")[0])
        with slowed(port, _ROUND_TRIP_SECONDS) as slow_port:
            far = f"{host}:{slow_port}/postgres"
            with database(self._url, "far", _PREPARED):
                with connected(far.replace("/postgres", "/far")) as store:
                    wall = measured(ours(store, self._events), store.fetch).wall
                lines = self._sample[: len(self._sample) // 10]
                with psycopg.connect(far.replace("/postgres", "/far"), autocommit=True) as slow:
                    naive_wall = _measured_on(slow, naive(slow, lines)).wall
        return {
            "ours": round(wall / self._events.events * 1e6, 2),
            "naive": round(naive_wall / len(lines) * 1e6, 2),
        }

    def _naive(self) -> Cost:
        with (
            database(self._url, "naive", _PREPARED) as url,
            psycopg.connect(url, autocommit=True) as connection,
        ):
            return _measured_on(connection, naive(connection, self._sample))

    def _sizes(self, store: Database) -> dict[str, object]:
        store.fetch("SELECT pg_stat_force_next_flush()")
        found, stored = store.fetch(_SIZES)[0], self._events.distinct
        return {
            "table_bytes_per_event": round(found["heap"] / stored, 1),
            "of_which_details": round(found["details"], 1),
            "index_bytes_per_event": round(found["indexes"] / stored, 1),
            "hot_updates": round(store.fetch(_UPDATES)[0]["hot"], 3),
        }


def _measured_on(connection: psycopg.Connection, run: Callable[[], None]) -> Cost:
    cursor = connection.cursor(row_factory=dict_row)
    return measured(run, lambda query: cursor.execute(query.encode()).fetchall())


def _cpu(cost: Cost) -> float:
    return cost.cpu


def _per_event(cost: Cost, number: int) -> dict[str, float]:
    return {
        "cpu_us": round(cost.cpu / number * 1e6, 2),
        "client_us": round(cost.client / number * 1e6, 2),
        "backend_us": round(cost.backend / number * 1e6, 2),
        "wall_us": round(cost.wall / number * 1e6, 2),
        "wal_bytes": round(cost.wal / number, 1),
    }


def _memory(events: Traffic) -> dict[str, float]:
    """Return the most memory that reading an object takes, as it is and ten times as large."""
    return {
        "object": _peak_mb(events.objects[0]),
        "object_10_times_as_large": _peak_mb(events.objects[0] * 10),  # as many gzip members
    }


def _peak_mb(archived: bytes) -> float:
    tracemalloc.start()
    for batch in batches(archived):
        if batch.columns:
            batch.columns.parameters()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return round(peak / 1e6, 1)


def _parsing(events: Traffic, *, sample: int, rounds: int) -> dict[str, float]:
    """Return the CPU time of parsing one event in microseconds, each one's."""
    lines = event_parsing.emails(islice(events.lines, sample))
    bodies = event_parsing.notifications(lines)
    contestants: dict[str, Callable[[], object]] = {
        "ours": event_parsing.ours(lines),
        "ours_by_sns": event_parsing.ours(bodies),
    }
    if event_parsing.is_anymail_installed():
        contestants["anymail"] = event_parsing.anymail(bodies)
    seconds: Mapping[str, float] = median_cpu_seconds(contestants, rounds=rounds)
    return {name: round(each / len(bodies) * 1e6, 2) for name, each in seconds.items()}
