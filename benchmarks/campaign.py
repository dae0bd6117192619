"""A campaign, from the request to the last event, by the product's own code in this process.

What is not ours answers at once: the queues keep what they are given, the providers accept, the
limiter sells slots of now, and the archive's objects lie in memory.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import BinaryIO
from unittest.mock import patch

from benchmarks.event_data import objects_about
from benchmarks.intake_parts import TEXT, caller, intake_service
from benchmarks.invocations import Work, invoke, sqs_event, worked
from benchmarks.send import Provider, Unlimited
from message_tracker.api.service import SendCall
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.ports import StoredObject
from message_tracker.core.store.audit import AuditStore
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from message_tracker.core.store.dispatch import DispatchStore
from message_tracker.core.store.group_orders import GroupOrders
from message_tracker.core.store.sweep import SweepStore
from message_tracker.core.store.tallies import TallyStore
from message_tracker.event_processor import handler as event_handler
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.retention.service import Retention
from message_tracker.event_processor.service import EventProcessor
from message_tracker.failed_message_reporter.bookkeeper import handler as books_handler
from message_tracker.failed_message_reporter.bookkeeper.service import Bookkeeper
from message_tracker.sender import handler as send_handler
from message_tracker.sender.clock import SystemClock
from message_tracker.sender.service import SendService
from message_tracker.sender.sweeper import handler as sweep_handler
from message_tracker.sender.sweeper.service import ChannelPolicy, SweepService

_BUCKET = "archive"
_PER_REQUEST = 1_000
_KEPT_MONTHS = 6
_LATER = timedelta(days=250)
_SENT = """
SELECT message_id, provider_message_id FROM message_state WHERE channel = %(channel)s::channel
"""


@dataclass(slots=True)
class KeptQueue:
    """A queue that keeps the bodies it is given."""

    bodies: list[str] = field(default_factory=list)

    def send(self, bodies: Sequence[str]) -> list[int]:
        """Take them all, refusing none."""
        self.bodies += bodies
        return []


@dataclass(slots=True)
class KeptObjects:
    """The archive's bucket, in memory."""

    bodies: dict[str, bytes] = field(default_factory=dict)

    def list(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """Refuse: whoever reads is told of each object."""
        raise AssertionError(f"{bucket}/{prefix}: nobody should look for objects")

    def open(self, bucket: str, key: str, *, etag: str | None = None) -> BinaryIO:
        """Return an object's bytes."""
        del bucket, etag
        return BytesIO(self.bodies[key])

    def put(self, bucket: str, key: str, body: bytes | BinaryIO, *, content_type: str) -> None:
        """Refuse: what was made is all of it readable."""
        del body
        raise AssertionError(f"{bucket}/{key}: {content_type} refused")


class Campaign:
    """One channel's messages in a database of their own; the stages run in their order."""

    def __init__(self, store: Database, channel: Channel, messages: int) -> None:
        self._store = store
        self._channel = channel
        self.messages = messages
        self.events = 0
        self._queue = KeptQueue()
        self._objects = KeptObjects()

    def accept(self, *, send_at: datetime | None = None) -> Work:
        """Accept the messages, a thousand recipients a request; to be sent at once, or later."""
        service = intake_service(self._store, self._queue)
        known = caller(self._store)
        later = {"send_at": send_at.isoformat()} if send_at else {}
        requests = [
            json.dumps(self._request(first) | later).encode()
            for first in range(0, self.messages, _PER_REQUEST)
        ]

        def run() -> int:
            for request in requests:
                service.send(SendCall(known, None, request))
            return len(requests)

        return worked(self._store, "api", run)

    def send(self) -> Work:
        """Send each chunk that intake has put on the queue."""
        chunks = [sqs_event([body]) for body in self._queue.bodies]

        def run() -> int:
            for chunk in chunks:
                invoke(send_handler.handler, chunk)
            return len(chunks)

        with ThreadPoolExecutor(16) as pool, self._sender(pool):
            return worked(self._store, "sender", run)

    def read(self) -> Work:
        """Read the archive's objects that tell what became of the messages."""
        rows = self._store.fetch(_SENT, {"channel": self._channel})
        sent = [(row["message_id"], row["provider_message_id"]) for row in rows]
        for body, events in objects_about(sent, self._channel, datetime.now(UTC)):
            self._objects.bodies[f"events/{len(self._objects.bodies)}"] = body
            self.events += events
        told = [sqs_event([_object_created(key)]) for key in self._objects.bodies]
        processor = EventProcessor(
            self._store, Archive(self._store, self._objects, "quarantine/"), _BUCKET
        )

        def run() -> int:
            for each in told:
                invoke(event_handler.handler, each)
            return len(told)

        with patch.object(event_handler, "event_processor", lambda: processor):
            return worked(self._store, "event-processor", run)

    def sweep(self) -> Work:
        """Sweep once: settle what events proved, and add up the counts."""
        return self._sweep(timedelta(0))

    def balance(self) -> Work:
        """Audit the books in full, when the campaign's day is over."""
        keeper = Bookkeeper(
            AuditStore(self._store),
            BooksStore(self._store),
            None,
            lambda: datetime.now(UTC) + timedelta(days=2),
        )

        def run() -> int:
            invoke(books_handler.handler, {"full": True}, remaining=timedelta(days=3))
            return 1

        with patch.object(books_handler, "bookkeeper", lambda: keeper):
            return worked(self._store, "bookkeeper", run)

    def wake(self) -> Work:
        """Sweep once when as many messages again, that were scheduled, are all due."""
        self.accept(send_at=datetime.now(UTC) + timedelta(minutes=30))
        return self._sweep(timedelta(hours=1))

    def forget(self) -> Work:
        """Let go of recipients and of events' details, as if most of a year had passed."""
        retention = Retention(
            self._store, _KEPT_MONTHS, 2 * _KEPT_MONTHS, lambda: datetime.now(UTC) + _LATER
        )

        def run() -> int:
            retention.run(datetime.now(UTC) + 2 * _LATER)
            return 1

        return worked(self._store, "retention", run)

    def rest(self) -> Work:
        """The same a day later, when nothing more has become old."""
        return self.forget()

    def _sweep(self, later: timedelta) -> Work:
        sweeper = self._sweeper(later)

        def run() -> int:
            # By the sweeper's clock, which is ahead of the context's.
            invoke(sweep_handler.handler, {}, remaining=later + timedelta(minutes=1))
            return 1

        with patch.object(sweep_handler, "sweeper", lambda: sweeper):
            return worked(self._store, "sweeper", run)

    @contextmanager
    def _sender(self, pool: ThreadPoolExecutor) -> Iterator[None]:
        clock = SystemClock()
        service = SendService(
            dispatch=DispatchStore(self._store),
            circuits=Circuits(self._store),
            email=Provider(),
            text=Provider(),
            limiters=dict.fromkeys(Channel, Unlimited(clock)),
            pool=pool,
            clock=clock,
            fraction=lambda: 0.5,
        )
        with patch.object(send_handler, "sender", lambda: service):
            yield

    def _sweeper(self, later: timedelta) -> SweepService:
        never = timedelta(days=1)
        add_up: Callable[[datetime], int] = TallyStore(self._store, kept=timedelta(0)).add_up
        return SweepService(
            store=SweepStore(self._store),
            circuits=Circuits(self._store),
            orders=GroupOrders(self._store),
            chores={"ChangesCounted": add_up},
            queues={(channel, kind): self._queue for channel in Channel for kind in Kind},
            policies={channel: ChannelPolicy(45, never) for channel in Channel},
            requeue_after=never,
            now=lambda: datetime.now(UTC) + later,
        )

    def _request(self, first: int) -> dict[str, object]:
        numbers = range(first, min(first + _PER_REQUEST, self.messages))
        if self._channel is Channel.TEXT:
            recipients = [f"+1425{5_550_000 + number:07}" for number in numbers]
            return {"to": recipients, "message": TEXT}
        recipients = [f"person.{number}@example.com" for number in numbers]
        html = f"<p>{TEXT}</p>"
        return {"to": recipients, "subject": "Your parcel", "text": TEXT, "html": html}


def _object_created(key: str) -> str:
    return json.dumps(
        {
            "source": "aws.s3",
            "detail-type": "Object Created",
            "detail": {"bucket": {"name": _BUCKET}, "object": {"key": key, "etag": "made-up"}},
        }
    )
