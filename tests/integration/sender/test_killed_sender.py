"""The crash matrix: a sender killed by SIGKILL, at every point of its work.

Whatever SQS does then, and whenever the provider's events come: each message reaches the provider
exactly once, and none is left behind.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from signal import SIGKILL
from uuid import UUID

import psycopg
import pytest

from message_tracker.core.store.books import BooksStore
from tests.doomed_sender import FATAL_CALL, Point, go_ahead
from tests.outbox import EMAIL_DEADLINE, LOST_AFTER, Outbox

COUNT = 6
ROOT = Path(__file__).parents[3]


@dataclass
class Aftermath:
    """One killed sender, and what comes after it."""

    outbox: Outbox
    ledger: Path
    message_ids: list[UUID]
    told: set[UUID] = field(default_factory=set)

    def accepted(self) -> list[UUID]:
        """Return whom the provider has accepted, as often as it has."""
        lines = self.ledger.read_text().split() if self.ledger.exists() else []
        return [UUID(line) for line in lines] + self.outbox.calls()

    def tell(self) -> None:
        """Let the provider's events of all it has accepted arrive, each once."""
        for message_id in set(self.accepted()) - self.told:
            self.outbox.event(message_id, "sent")
            self.told.add(message_id)

    def work(self) -> None:
        self.outbox.sweep()
        self.outbox.deliver()

    def run_to_the_end(self, *, is_redelivered: bool, is_event_first: bool) -> None:
        if is_event_first:
            self.tell()
        if is_redelivered:
            self.outbox.send(self.message_ids)
        self.work()
        self.outbox.clock.advance(timedelta(minutes=1))  # forsaken claims run out
        self.work()
        if is_redelivered:
            self.outbox.send(self.message_ids)
        self.tell()
        self.outbox.clock.advance(EMAIL_DEADLINE)  # the time doubt is given
        self.outbox.event(None, "delivered")
        self.work()
        self.outbox.clock.advance(LOST_AFTER)  # the time a chunk is given
        self.work()
        self.tell()


@pytest.fixture
def aftermath(outbox: Outbox, tmp_path: Path) -> Aftermath:
    return Aftermath(outbox, tmp_path / "ledger", outbox.accept(COUNT))


def start(aftermath: Aftermath, database_url: str, point: Point) -> "subprocess.Popen[bytes]":
    message_ids = map(str, aftermath.message_ids)
    command = [
        *(sys.executable, "-m", "tests.doomed_sender"),
        *(database_url, str(aftermath.ledger), point, *message_ids),
    ]
    return subprocess.Popen(command, cwd=ROOT)  # noqa: S603 - our own interpreter


redelivery = pytest.mark.parametrize("is_redelivered", [True, False], ids=["redelivered", "lost"])
events = pytest.mark.parametrize("is_event_first", [True, False], ids=["event first", "event last"])

AT_PROVIDER = {
    Point.BEFORE_CLAIM: 0,
    Point.AFTER_CLAIM: 0,
    Point.AFTER_BEGIN: 0,
    Point.DURING_CALL: FATAL_CALL - 1,
    Point.AFTER_ACCEPTED: FATAL_CALL,
    Point.BEFORE_RECORD: COUNT,
    Point.AFTER_RECORD: COUNT,
}


@pytest.mark.parametrize("point", AT_PROVIDER)
@redelivery
@events
def test_wherever_a_sender_is_killed_each_message_is_sent_exactly_once(
    aftermath: Aftermath,
    database_url: str,
    point: Point,
    *,
    is_redelivered: bool,
    is_event_first: bool,
) -> None:
    doomed = start(aftermath, database_url, point)
    assert -SIGKILL == doomed.wait(timeout=60)
    assert AT_PROVIDER[point] == len(aftermath.accepted())

    aftermath.run_to_the_end(is_redelivered=is_redelivered, is_event_first=is_event_first)

    assert_sent_exactly_once(aftermath)


@pytest.mark.parametrize("is_committed", [True, False], ids=["committed", "rolled back"])
@redelivery
@events
def test_killed_during_the_record_each_message_is_sent_exactly_once(
    aftermath: Aftermath,
    database_url: str,
    *,
    is_committed: bool,
    is_redelivered: bool,
    is_event_first: bool,
) -> None:
    with held_up(aftermath, database_url) as (doomed, backend):
        if is_event_first:
            aftermath.tell()
        doomed.kill()
        doomed.wait(timeout=60)
        if not is_committed:
            aftermath.outbox.database.fetch(
                "SELECT pg_terminate_backend(%(backend)s, 60000)", {"backend": backend}
            )
    wait_until(lambda: is_gone(aftermath.outbox, backend))
    rows = aftermath.outbox.database.fetch("SELECT count(*) AS unrecorded FROM dispatch")
    assert [{"unrecorded": 0 if is_committed else COUNT}] == rows

    aftermath.run_to_the_end(is_redelivered=is_redelivered, is_event_first=is_event_first)

    assert_sent_exactly_once(aftermath)


def assert_sent_exactly_once(aftermath: Aftermath) -> None:
    assert sorted(aftermath.message_ids) == sorted(aftermath.accepted())
    assert {"sent": COUNT} == aftermath.outbox.statuses()
    assert [{"left": 0}] == aftermath.outbox.database.fetch("SELECT count(*) AS left FROM dispatch")
    assert () == BooksStore(aftermath.outbox.database).read().gaps


@contextmanager
def held_up(
    aftermath: Aftermath, database_url: str
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Hold up the record of a sender, and yield the sender and its backend's process id.

    In the middle of its calls a sender has begun and locks nothing: then somebody else locks what
    its record will have to lock.
    """
    with psycopg.connect(database_url) as watcher:
        doomed = start(aftermath, database_url, Point.DURING_RECORD)
        wait_until(lambda: len(aftermath.accepted()) == FATAL_CALL)
        watcher.execute("SELECT FROM dispatch ORDER BY message_id FOR UPDATE")
        go_ahead(aftermath.ledger).touch()
        wait_until(lambda: waiting_backends(aftermath.outbox))
        [backend] = waiting_backends(aftermath.outbox)
        yield doomed, backend


def waiting_backends(outbox: Outbox) -> list[int]:
    """Return the backends that wait for a lock: the one that is about to record."""
    rows = outbox.database.fetch(
        "SELECT pid FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return [row["pid"] for row in rows]


def is_gone(outbox: Outbox, backend: int) -> bool:
    query = "SELECT pid FROM pg_stat_activity WHERE pid = %(backend)s"
    return not outbox.database.fetch(query, {"backend": backend})


def wait_until(is_so: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)
