"""What the sender costs around the provider's call, beside the simple way, message by message.

Both call a provider that accepts at once, so that all that is left is overhead: the CPU time of the
sending process and of Postgres' own processes. The simple way opens a connection for each message,
calls, inserts what was sent and commits, and then sleeps for the rate's sake; its sleep costs no
CPU and is left out. The sender's leases come from a limiter in the same process; in AWS each is one
write to DynamoDB per chunk.
"""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import LiteralString
from uuid import UUID

import psycopg
from psycopg.rows import DictRow

from benchmarks.figures import report
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.api_key import USUAL_SCOPES, Caller
from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.estimate import Estimate
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.intake import parse_submission
from message_tracker.core.domain.message import Channel, OutboundEmail, OutboundText
from message_tracker.core.domain.outcome import Accepted, Outcome
from message_tracker.core.domain.slot import ANY, Lease, Terms
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database, Parameters
from message_tracker.core.store.dispatch import DispatchStore
from message_tracker.core.store.intake import Intake
from message_tracker.core.store.migrations import migrate
from message_tracker.local.postgres import embedded_postgres
from message_tracker.sender.clock import SystemClock
from message_tracker.sender.service import SendService
from message_tracker.sender.tally import metrics

_CALLER = Caller(new_id(), USUAL_SCOPES)
_CHUNK = 45
_TEXT = "Your parcel is at the shop until tomorrow, 10:30. Reply YES to confirm. Thank you!"
_SQL_TABLE = (
    "CREATE TABLE sent (id uuid, recipient text, body text, provider_id text, at timestamptz)"
)
_SQL_INSERT = "INSERT INTO sent VALUES (%s, %s, %s, %s, now())"
_STATEMENTS_OF_THE_SIMPLE_WAY = 3  # BEGIN, INSERT, COMMIT


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of CPU: of this process, and of Postgres."""

    client: float
    postgres: float

    @property
    def total(self) -> float:
        """Both together."""
        return self.client + self.postgres


def run(*, quick: bool) -> dict[str, object]:
    """Measure, and return the report: microseconds of CPU per message, and the ratio of the two."""
    chunks, simple, rounds = (20, 150, 3) if quick else (60, 500, 7)
    with _postgres() as database_url:
        bench = _Bench(database_url)
        ours, theirs = bench.rounds(chunks, simple, rounds)
        statements = bench.database.statements / (chunks * _CHUNK * rounds)
        bench.database.close()
    per_message = {"sender": ours, "naive": theirs}
    return report(
        "send",
        conditions={
            "messages_per_round": {"sender": chunks * _CHUNK, "naive": simple},
            "rounds": rounds,
            "messages_per_chunk": _CHUNK,
            "provider": "accepts at once",
            "limiter": "in process",
        },
        figures={
            "us_per_message": {name: _rounded(cost.total) for name, cost in per_message.items()},
            "client_us_per_message": {n: _rounded(c.client) for n, c in per_message.items()},
            "postgres_us_per_message": {n: _rounded(c.postgres) for n, c in per_message.items()},
            "statements_per_message": {
                "sender": round(statements, 4),
                "naive": _STATEMENTS_OF_THE_SIMPLE_WAY,
            },
            "connections_per_message": {"sender": 0, "naive": 1},
        },
        ratios={
            "over_naive": theirs.total / ours.total,
            "statements_over_naive": _STATEMENTS_OF_THE_SIMPLE_WAY / statements,
        },
    )


class CountingDatabase(Database):
    """Counts its statements."""

    statements = 0

    def fetch(self, query: LiteralString, parameters: Parameters | None = None) -> list[DictRow]:
        """Run one statement, and count it."""
        self.statements += 1
        return super().fetch(query, parameters)


class Provider:
    """Accepts at once."""

    def send(self, message: OutboundEmail | OutboundText) -> Outcome:
        """Accept the message."""
        return Accepted(f"provider-{message.message_id}")


class Unlimited:
    """Sells slots of now."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock

    def reserve(self, sizes: Sequence[int], terms: Terms = ANY) -> Lease:  # noqa: ARG002 - the port's
        """Sell as many slots as there are sizes."""
        now = self._clock.now_us()
        return Lease(now, now, (now,) * len(sizes), rate=1_000_000_000, generation=0)

    def still_valid(self, lease: Lease) -> bool:  # noqa: ARG002 - the port's
        """Stay as it is."""
        return True

    def cool_down(self) -> None:
        """Stay as it is."""


class _Bench:
    """The two ways on one database."""

    def __init__(self, database_url: str) -> None:
        self.database = CountingDatabase(lambda: database_url)
        self._setup = Database(lambda: database_url)
        self._url = database_url
        self._postmaster = _postmaster(self._setup)

    def rounds(self, chunks: int, simple: int, rounds: int) -> tuple[Cost, Cost]:
        """Return the median costs of one message, the two ways taking turns."""
        ours: list[Cost] = []
        theirs: list[Cost] = []
        with ThreadPoolExecutor(16) as pool:
            service = self._service(pool)
            self._send(service, self._accepted(1))  # connects, and imports what is imported late
            self.database.statements = 0
            for _ in range(rounds):
                waiting = self._accepted(chunks)
                ours.append(self._cost(partial(self._send, service, waiting)))
                theirs.append(self._cost(partial(self._send_simply, simple)))
        self._setup.close()
        return _per_message(ours, chunks * _CHUNK), _per_message(theirs, simple)

    def _service(self, pool: ThreadPoolExecutor) -> SendService:
        clock = SystemClock()
        return SendService(
            dispatch=DispatchStore(self.database),
            circuits=Circuits(self.database),
            email=Provider(),
            text=Provider(),
            limiters=dict.fromkeys(Channel, Unlimited(clock)),
            pool=pool,
            clock=clock,
            fraction=lambda: 0.5,
        )

    def _accepted(self, chunks: int) -> list[SendChunk]:
        """Accept so many chunks of messages, as the API does."""
        now = datetime.now(UTC)
        recipients = [f"+1425556{number:04}" for number in range(_CHUNK)]
        made = []
        for _ in range(chunks):
            request = {"to": recipients, "message": _TEXT}
            submission = parse_submission(request, rules=AddressRules(), now=now)
            Intake(self._setup).accept(submission, _CALLER, Estimate(None, None), None, now)
            ids = tuple(UUID(str(message.message_id)) for message in submission.messages)
            made.append(SendChunk(Channel.TEXT, ids))
        return made

    def _send(self, service: SendService, chunks: Sequence[SendChunk]) -> None:
        for chunk in chunks:
            service.send(chunk, datetime.now(UTC) + timedelta(minutes=1))
            metrics.clear_metrics()  # the handler would write them to its log

    def _send_simply(self, count: int) -> None:
        for number in range(count):
            with psycopg.connect(self._url) as connection:
                provider_id = f"provider-{number}"
                row = (new_id(), f"+1425556{number:04}", _TEXT, provider_id)
                connection.execute(_SQL_INSERT, row)

    def _cost(self, work: Callable[[], None]) -> Cost:
        client, postgres = time.process_time(), _cpu_seconds(self._postmaster)
        work()
        time.sleep(0.1)  # a backend's end reaches its parent's account a little later
        return Cost(time.process_time() - client, _cpu_seconds(self._postmaster) - postgres)


@contextmanager
def _postgres() -> Iterator[str]:
    with embedded_postgres() as url:
        database = Database(lambda: url)
        migrate(database, now=datetime.now(UTC))
        database.fetch(_SQL_TABLE)
        database.close()
        yield url


def _per_message(costs: Sequence[Cost], messages: int) -> Cost:
    return Cost(
        median(cost.client for cost in costs) / messages,
        median(cost.postgres for cost in costs) / messages,
    )


def _rounded(seconds: float) -> float:
    return round(seconds * 1e6, 1)


def _postmaster(database: Database) -> int:
    """Return the process whose children are all of Postgres; 0 where there is no /proc."""
    [row] = database.fetch("SELECT pg_backend_pid() AS pid")
    status = _status(row["pid"])
    return int(status[1]) if status else 0


def _cpu_seconds(postmaster: int) -> float:
    """Return the CPU time of the process, and of its children, the ended ones included."""
    if not postmaster:
        return 0.0
    own = _status(postmaster)
    ticks = sum(map(int, own[11:15]))
    for folder in Path("/proc").glob("[0-9]*"):
        child = _status(int(folder.name))
        if child and int(child[1]) == postmaster:
            ticks += int(child[11]) + int(child[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _status(pid: int) -> list[str]:
    """Return the fields of proc(5)'s `/proc/<pid>/stat` from the third on; none if it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
