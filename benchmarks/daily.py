"""`message-tracker bench daily`: a day of a million messages is counted, and its lines are read.

Beside it two simple ways. In Python: every message of the day is fetched and counted there, by one
query, read in parts, and the prices of texts by another. Row by row: each message's events are
asked for, of as many messages as a sample has. Each runs in a process of its own, whose peak of
resident memory is told, against the same Postgres.
"""

import multiprocessing
import resource
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from multiprocessing.connection import Connection
from typing import Any, LiteralString

from benchmarks.daily_data import DAY, NOW, fill
from benchmarks.figures import report
from benchmarks.measured_postgres import Cost, connected, database, measured
from message_tracker.core.domain.daily import Analysed, period_of
from message_tracker.core.store.daily import DailyAnalytics, DaysQuestion
from message_tracker.core.store.daily_counting import DailyCounting
from message_tracker.core.store.database import Database
from message_tracker.local.postgres import embedded_postgres

_SETTINGS = {"shared_buffers": "512MB", "max_wal_size": "8GB", "autovacuum": "off", "jit": "off"}
_SAMPLE = 5_000
_PARTS = 2_000  # rows in memory at a time
_MESSAGES: LiteralString = """
SELECT message_id, m.channel, m.report_type, m.group_id, label.template, m.recipient, m.segments,
       s.status, s.cause, s.sent_at, s.delivered_at, s.delayed_at, s.opened_at, s.clicked_at,
       s.unsubscribed_at
  FROM message AS m
  JOIN message_state AS s USING (message_id)
  JOIN content_label AS label ON label.content_id = m.content_id
 WHERE m.created_at >= %(start)s AND m.created_at < %(end)s AND NOT m.is_test
"""
_PRICES: LiteralString = """
SELECT event.message_id, event_details(event_type, details, effect) AS told
  FROM message_event AS event
 WHERE channel = 'text' AND message_id IS NOT NULL AND details IS NOT NULL
   AND occurred_at >= %(start)s AND occurred_at < %(last)s
"""
_EVENTS: LiteralString = """
SELECT event_type, status, details FROM message_event WHERE message_id = %(message_id)s
"""


def run(*, quick: bool) -> dict[str, object]:
    """Measure, and return the report: seconds, CPU seconds and peaks of memory."""
    sizes = {"20k": 20_000, "80k": 80_000} if quick else {"250k": 250_000, "1m": 1_000_000}
    figures: dict[str, dict[str, float]] = {}
    with embedded_postgres(settings=_SETTINGS) as url:
        for name, number in sizes.items():
            figures |= _of_a_day(url, name, number)
    small, large = sizes
    growth = sizes[large] / sizes[small]
    return report(
        "daily",
        conditions={"messages": list(sizes.values()), "sample": _SAMPLE, "fsync": "off"},
        figures=figures,
        ratios={
            "cpu_of_counting_in_python_over_ours": figures[f"in_python_{large}"]["cpu_seconds"]
            / figures[f"counting_{large}"]["cpu_seconds"],
            "cpu_of_row_by_row_over_ours": figures[f"row_by_row_{large}"]["cpu_seconds"]
            / _SAMPLE
            * sizes[large]
            / figures[f"counting_{large}"]["cpu_seconds"],
            "memory_growth": figures[f"counting_{large}"]["peak_megabytes"]
            / figures[f"counting_{small}"]["peak_megabytes"],
            "cpu_growth_over_message_growth": figures[f"counting_{large}"]["cpu_seconds"]
            / figures[f"counting_{small}"]["cpu_seconds"]
            / growth,
        },
    )


def _of_a_day(url: str, name: str, number: int) -> dict[str, dict[str, float]]:
    with database(url, f"daily_{name}") as filled:
        with connected(filled) as store:
            fill(store, number)
        return {
            f"{way}_{name}": _in_a_process(work, filled)
            for way, work in (
                ("in_python", _in_python),
                ("row_by_row", _row_by_row),
                ("counting", _count),
                ("reading", _read),
            )
        }


def _in_a_process(work: Callable[[Database], None], url: str) -> dict[str, float]:
    """Return what it took a process that does nothing else."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, work, url))
    process.start()
    theirs.close()
    try:
        told: dict[str, float] = ours.recv()
    finally:
        process.join()
    return told


def _work(told: Connection, work: Callable[[Database], None], url: str) -> None:
    with connected(url) as store:
        cost: Cost = measured(lambda: work(store), store.fetch)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told.send(
        {
            "seconds": round(cost.wall, 2),
            "cpu_seconds": round(cost.cpu, 2),
            "peak_megabytes": round(peak, 1),
        }
    )


def _count(store: Database) -> None:
    counting = DailyCounting(store)
    if counting.claim(NOW, claimed_until=NOW + timedelta(hours=1)) != DAY:
        raise AssertionError("the day was not due")
    counting.count(DAY, NOW)


def _read(store: Database) -> None:
    for by in (Analysed.CHANNEL, Analysed.GROUP, Analysed.MAILBOX_PROVIDER):
        question = DaysQuestion(first_day=DAY, last_day=DAY, by=by, limit=1_000)
        if not DailyAnalytics(store).read(question, NOW.date()).lines:
            raise AssertionError("the day was not counted")


def _in_python(store: Database) -> None:
    """Count as the simple way does; the lines are let go of."""
    period = period_of(DAY)
    bounds = {"start": period.start, "end": period.end, "last": period.end + timedelta(hours=72)}
    told: dict[Any, Mapping[str, Any]] = {
        row["message_id"]: row["told"] for row in _rows(store, _PRICES, bounds)
    }
    counts: dict[tuple[Any, ...], Counter[str]] = {}
    times: dict[tuple[Any, ...], list[float]] = {}
    for row in _rows(store, _MESSAGES, bounds):
        costs = told.get(row["message_id"], {})
        is_email = row["channel"] == "email"
        network = row["recipient"].rpartition("@")[2] if is_email else costs.get("carrier")
        for label in (
            (row["channel"], row["report_type"], row["group_id"], row["template"]),
            (row["channel"], network),
        ):
            _add(counts.setdefault(label, Counter()), row, float(costs.get("price") or 0))
            if row["delivered_at"] and row["sent_at"]:
                took = (row["delivered_at"] - row["sent_at"]).total_seconds()
                times.setdefault(label, []).append(took)
    for each in times.values():
        each.sort()


def _row_by_row(store: Database) -> None:
    """Ask for the events of each message of a sample; they are let go of."""
    period = period_of(DAY)
    query: LiteralString = _MESSAGES + " LIMIT %(sample)s"
    bounds = {"start": period.start, "end": period.end, "sample": _SAMPLE}
    for row in store.fetch(query, bounds):
        store.fetch(_EVENTS, {"message_id": row["message_id"]})


def _add(line: Counter[str], row: Mapping[str, Any], price: float) -> None:
    line["accepted"] += 1
    line["segments"] += row["segments"]
    line[row["status"]] += 1
    if row["status"] in ("bounced", "undelivered"):
        line[(row["cause"] or "").partition("/")[2].partition("/")[0]] += 1
    for name in ("delivered_at", "delayed_at", "opened_at", "clicked_at", "unsubscribed_at"):
        line[name] += row[name] is not None
    line["price"] += round(price * 100_000)


def _rows(
    store: Database, query: LiteralString, bounds: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    with (
        store.transaction() as cursor,
        cursor.connection.cursor(name="rows") as rows,
    ):
        rows.itersize = _PARTS
        yield from rows.execute(query, bounds)
