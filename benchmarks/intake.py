"""What it takes to accept messages, beside the simple way, and how much memory a list takes.

Both ways check each address, commit to the same durable Postgres and put every message on the same
queue: an SQS on loopback that answers at once. The simple way inserts a row, commits and makes a
call for each message. A list by reference is imported by a process of its own, so that its peak of
resident memory can be told; the list is made as it is read.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import psycopg

from benchmarks.canned_sqs import canned_sqs
from benchmarks.figures import report
from benchmarks.intake_memory import peak_megabytes
from benchmarks.intake_parts import TEXT, caller, intake_service, quiet, sms_body
from benchmarks.measured_postgres import connected, database, server
from message_tracker.api.service import SendCall
from message_tracker.core.aws.sqs import SqsQueue
from message_tracker.core.domain.addresses import parse_address
from message_tracker.core.domain.ids import new_id
from message_tracker.core.store.migrations import migrate

_BATCH = 10_000
_NAIVE_TABLE = """
CREATE TABLE naive_message (
    id uuid PRIMARY KEY, recipient text NOT NULL, body text NOT NULL, status text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
)
"""
_NAIVE_INSERT = "INSERT INTO naive_message (id, recipient, body, status) VALUES (%s, %s, %s, %s)"


@dataclass(frozen=True, slots=True)
class _Sizes:
    rounds: int
    single: int
    naive: int
    lists: tuple[int, ...]


_QUICK = _Sizes(rounds=2, single=60, naive=400, lists=(5_000, 30_000))
_FULL = _Sizes(rounds=5, single=500, naive=2_000, lists=(100_000, 1_000_000))


def run(*, quick: bool) -> dict[str, object]:
    """Measure, and return the report: messages a second, their ratios, and peaks of memory."""
    sizes = _QUICK if quick else _FULL
    with quiet(), server() as postgres, database(postgres, "intake") as url:
        rates = _rates(url, sizes)
        peaks = {count: peak_megabytes(url, count) for count in sizes.lists}
    small, large = (peaks[count] for count in sizes.lists)
    return report(
        "intake",
        conditions={
            "batch": _BATCH,
            "rounds": sizes.rounds,
            "sms": "one segment, numbers of one country",
            "postgres": "a commit waits for the disk",
            "sqs": "on loopback, answers at once",
        },
        figures={
            "messages_per_second": {name: round(rate, 1) for name, rate in rates.items()},
            "seconds_for_a_batch": round(_BATCH / rates["batch"], 2),
            "peak_mb_by_recipients_of_a_list": {str(n): round(mb, 1) for n, mb in peaks.items()},
        },
        ratios={
            "batch_over_naive": rates["batch"] / rates["naive"],
            "batch_over_single": rates["batch"] / rates["single"],
            "memory_of_the_larger_list": large / small,
        },
    )


def _rates(url: str, sizes: _Sizes) -> dict[str, float]:
    with connected(url) as store, canned_sqs() as client:
        migrate(store, now=datetime.now(UTC))
        store.fetch(_NAIVE_TABLE)
        known = caller(store)
        queue = SqsQueue(client, "http://127.0.0.1/queue")
        service = intake_service(store, queue)

        def accept(count: int, requests: int) -> None:
            for _ in range(requests):
                service.send(SendCall(known, None, sms_body(count)))

        def naively() -> None:
            with psycopg.connect(url, autocommit=True) as connection:
                for number in range(sizes.naive):
                    _, address = parse_address(
                        f"+1425555{number % 10_000:04}", channel=None, default_region=""
                    )
                    row = (new_id(), address, TEXT, "queued")
                    connection.execute(_NAIVE_INSERT, row)
                    client.send_message(QueueUrl="http://127.0.0.1/queue", MessageBody=str(row[0]))

        ways: dict[str, tuple[Callable[[], None], int]] = {
            "batch": (lambda: accept(_BATCH, 1), _BATCH),
            "single": (lambda: accept(1, sizes.single), sizes.single),
            "naive": (naively, sizes.naive),
        }
        accept(100, 1)  # imports what is imported late
        seconds = {
            name: [_seconds(way) for _ in range(sizes.rounds)] for name, (way, _) in ways.items()
        }
    return {name: count / median(seconds[name]) for name, (_, count) in ways.items()}


def _seconds(way: Callable[[], None]) -> float:
    began = time.perf_counter()
    way()
    return time.perf_counter() - began
