"""A sender in a process of its own that kills itself, by SIGKILL, at a given point of its chunk.

`python -m tests.doomed_sender <database URL> <ledger> <point> <message id>…`. The ledger is the
provider's side: a line for each message it has accepted, written in one piece.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.message import Channel, OutboundEmail
from message_tracker.core.domain.outcome import Accepted, Outcome
from message_tracker.core.store.database import Database
from message_tracker.core.store.dispatch import ClaimedMessage, DispatchStore
from tests.fakes import FakeEmailProvider
from tests.outbox import Outbox

FATAL_CALL = 3
"""Which call of the chunk it is that the sender dies in."""


class Point(StrEnum):
    """Where a sender dies."""

    BEFORE_CLAIM = "before claim"
    AFTER_CLAIM = "after claim"
    AFTER_BEGIN = "after begin"
    DURING_CALL = "during the call"
    AFTER_ACCEPTED = "after the provider accepted"
    BEFORE_RECORD = "before the record"
    DURING_RECORD = "during the record"  # by the test, which holds the record up
    AFTER_RECORD = "after the record"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class DoomedStore(DispatchStore):
    """Dies around its statements."""

    point: Point

    def claim(self, *args: Any, **kwargs: Any) -> list[ClaimedMessage]:  # noqa: ANN401 - passes all on
        self._die_at(Point.BEFORE_CLAIM)
        claimed = super().claim(*args, **kwargs)
        self._die_at(Point.AFTER_CLAIM)
        return claimed

    def begin(self, *args: Any, **kwargs: Any) -> frozenset[Any]:  # noqa: ANN401 - passes all on
        begun = super().begin(*args, **kwargs)
        self._die_at(Point.AFTER_BEGIN)
        return begun

    def record(self, *args: Any) -> None:  # noqa: ANN401 - passes all on
        self._die_at(Point.BEFORE_RECORD)
        super().record(*args)
        self._die_at(Point.AFTER_RECORD)

    def _die_at(self, point: Point) -> None:
        if self.point is point:
            die()


def go_ahead(ledger: Path) -> Path:
    """Return the file that a sender at `DURING_RECORD` waits for in the middle of its calls."""
    return ledger.with_suffix(".go")


def wait_for(file: Path) -> None:
    deadline = time.monotonic() + 60
    while not file.exists() and time.monotonic() < deadline:
        time.sleep(0.005)


def accepting(ledger: Path, point: Point) -> Callable[[OutboundEmail], Outcome]:
    """Return a provider that writes down whom it accepts, and may take its caller's life."""
    calls = 0

    def accept(email: OutboundEmail) -> Outcome:
        nonlocal calls
        calls += 1
        if calls == FATAL_CALL and point is Point.DURING_CALL:
            die()
        with ledger.open("a") as file:
            file.write(f"{email.message_id}\n")
        if calls == FATAL_CALL and point is Point.AFTER_ACCEPTED:
            die()
        if calls == FATAL_CALL and point is Point.DURING_RECORD:
            wait_for(go_ahead(ledger))
        return Accepted(f"ses-{email.message_id}")

    return accept


def main(database_url: str, ledger: Path, point: Point, message_ids: list[UUID]) -> None:
    DoomedStore.point = point
    outbox = Outbox(Database(lambda: database_url))
    outbox.email = FakeEmailProvider(answer=accepting(ledger, point))
    sender = outbox.sender(store=DoomedStore)
    sender.send(SendChunk(Channel.EMAIL, tuple(message_ids)), outbox.deadline())


if __name__ == "__main__":
    url, path, where, *ids = sys.argv[1:]
    main(url, Path(path), Point(where), [UUID(message_id) for message_id in ids])
