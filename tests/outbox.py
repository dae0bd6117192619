"""Accepted messages as the API leaves them, and a sender and a sweeper to work on them.

Time is virtual: nobody waits, and what has to happen later happens when the test says so.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Lock
from typing import Any, LiteralString, ParamSpec, TypeVar
from uuid import UUID

from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from message_tracker.core.domain.chunk import SendChunk, parse_chunk
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, GroupState, Kind, OnUnconfirmed
from message_tracker.core.ports import EmailProvider, TextProvider
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database, Parameters
from message_tracker.core.store.dispatch import DispatchStore
from message_tracker.core.store.events import adopt_unmatched
from message_tracker.core.store.group_orders import GroupOrders
from message_tracker.core.store.sweep import SweepStore
from message_tracker.core.store.tallies import TallyStore
from message_tracker.sender.clock import at, microseconds
from message_tracker.sender.service import SendService
from message_tracker.sender.sweeper.halting import halt_failing_groups
from message_tracker.sender.sweeper.service import ChannelPolicy, SweepService
from tests.fakes import FakeEmailProvider, FakeQueue, FakeRateLimiter, FakeTextProvider

P = ParamSpec("P")
T = TypeVar("T")

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EMAIL_DEADLINE = timedelta(minutes=15)
TEXT_DEADLINE = timedelta(hours=4)
LOST_AFTER = timedelta(days=1)

_INSERT_CONTENT = """
INSERT INTO message_content (content_id, subject, html, body, is_template, headers)
VALUES (%(content_id)s, %(subject)s, %(html)s, %(body)s, %(is_template)s, %(headers)s)
"""
_INSERT_MESSAGES = """
WITH accepted AS (
    INSERT INTO message (message_id, group_id, content_id, channel, kind, recipient, data, segments,
                         on_unconfirmed, send_at, expires_at, created_at)
    SELECT message_id, %(group_id)s, %(content_id)s, %(channel)s, %(kind)s, recipient, %(data)s,
           %(segments)s, %(on_unconfirmed)s, %(due_at)s, %(expires_at)s, %(now)s
      FROM unnest(%(message_ids)s::uuid[], %(recipients)s::text[]) AS u (message_id, recipient)
    RETURNING message_id
), stated AS (
    INSERT INTO message_state (message_id, group_id, channel, status)
    SELECT message_id, %(group_id)s, %(channel)s, %(status)s FROM accepted
)
INSERT INTO dispatch (message_id, group_id, channel, kind, units, due_at, expires_at,
                      on_unconfirmed, enqueued_at)
SELECT message_id, %(group_id)s, %(channel)s, %(kind)s, %(units)s, %(due_at)s, %(expires_at)s,
       %(on_unconfirmed)s, %(enqueued_at)s
  FROM accepted
"""


class VirtualClock:
    """Time that passes only when somebody sleeps or the test says so; safe to share."""

    def __init__(self, start: datetime = NOW) -> None:
        self._now_us = microseconds(start)
        self._lock = Lock()

    def now_us(self) -> int:
        return self._now_us

    def now(self) -> datetime:
        return at(self._now_us)

    def sleep_until(self, at_us: int) -> None:
        with self._lock:
            self._now_us = max(self._now_us, at_us)

    def advance(self, duration: timedelta) -> None:
        with self._lock:
            self._now_us += duration // timedelta(microseconds=1)


class InlinePool(Executor):
    """Makes each call at once, so that virtual time does not run ahead of it."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class CountingDatabase(Database):
    """Counts its statements."""

    statements = 0

    def fetch(self, query: LiteralString, parameters: Parameters | None = None) -> list[DictRow]:
        self.statements += 1
        return super().fetch(query, parameters)


@dataclass
class Outbox:
    """One database's messages, with the fakes around them."""

    database: Database
    clock: VirtualClock = field(default_factory=VirtualClock)
    email: FakeEmailProvider = field(default_factory=FakeEmailProvider)
    text: FakeTextProvider = field(default_factory=FakeTextProvider)
    providers: tuple[EmailProvider, TextProvider] | None = None  # real ones, instead of the fakes
    limiter: FakeRateLimiter | None = None
    resends_texts: bool = False
    queues: dict[tuple[Channel, Kind], FakeQueue] = field(
        default_factory=lambda: {(c, k): FakeQueue() for c in Channel for k in Kind}
    )

    def __post_init__(self) -> None:
        self.limiter = self.limiter or FakeRateLimiter(clock=self.clock.now_us)

    def group(self, state: str = "active") -> UUID:
        group_id = new_id()
        self.database.fetch(
            "INSERT INTO message_group (group_id, state) VALUES (%(group_id)s, %(state)s)",
            {"group_id": group_id, "state": state},
        )
        return group_id

    def order(self, group_id: UUID, state: GroupState) -> None:
        """Give the group an order and carry it out, as the API does."""
        orders = GroupOrders(self.database)
        assert orders.give(group_id, state) is state
        orders.carry_out(group_id, state, now=self.clock.now(), has_time=lambda: True)

    def deliver(self) -> None:
        """Let senders take all that is on the queues now."""
        for queue in self.queues.values():
            bodies, queue.bodies = queue.bodies, []
            for body in bodies:
                self.sender().send(parse_chunk(body), self.deadline())

    def accept(  # noqa: PLR0913 - a factory's keywords
        self,
        count: int = 1,
        *,
        group_id: UUID | None = None,
        channel: Channel = Channel.EMAIL,
        kind: Kind = Kind.TRANSACTIONAL,
        text: str = "Hello",
        data: Mapping[str, Any] | None = None,
        units: int = 1,
        on_unconfirmed: OnUnconfirmed = OnUnconfirmed.RETRY,
        due_in: timedelta = timedelta(),
        ttl: timedelta | None = None,
        is_enqueued: bool = True,
    ) -> list[UUID]:
        """Insert so many messages of one request and return their ids."""
        now = self.clock.now()
        message_ids = [new_id() for _ in range(count)]
        is_email = channel is Channel.EMAIL
        parameters = {
            "group_id": group_id or self.group(),
            "content_id": new_id(),
            "subject": "News" if is_email else None,
            "html": f"<p>{text}</p>" if is_email else None,
            "body": text,
            "is_template": data is not None,
            "headers": Jsonb({"X-Campaign": "7"} if is_email else {}),
            "channel": channel,
            "kind": kind,
            "data": None if data is None else Jsonb(data),
            "segments": 0 if is_email else units,
            "units": units,
            "on_unconfirmed": on_unconfirmed,
            "due_at": now + due_in,
            "expires_at": None if ttl is None else now + ttl,
            "now": now,
            "status": "scheduled" if due_in else "queued",
            "enqueued_at": now if is_enqueued else None,
            "message_ids": message_ids,
            "recipients": [
                f"Person{n}@example.com" if is_email else f"+1425556{n:04}" for n in range(count)
            ],
        }
        self.database.fetch(_INSERT_CONTENT, parameters)
        self.database.fetch(_INSERT_MESSAGES, parameters)
        return message_ids

    def sender(
        self,
        database: Database | None = None,
        *,
        store: Callable[[Database], DispatchStore] = DispatchStore,
        pool: Executor | None = None,
    ) -> SendService:
        assert self.limiter is not None
        own = database or self.database
        return SendService(
            dispatch=store(own),
            circuits=Circuits(own),
            email=self.providers[0] if self.providers else self.email,
            text=self.providers[1] if self.providers else self.text,
            limiters=dict.fromkeys(Channel, self.limiter),
            pool=pool or InlinePool(),
            clock=self.clock,
            fraction=lambda: 0.5,
        )

    def sweeper(self, database: Database | None = None, *, most: int = 5_000) -> SweepService:
        swept = database or self.database
        return SweepService(
            store=SweepStore(swept, most=most),
            circuits=Circuits(swept),
            orders=GroupOrders(swept, most=most),
            chores={
                "EventsAdopted": partial(adopt_unmatched, swept),
                "GroupsHalted": partial(halt_failing_groups, swept),
                "ChangesCounted": TallyStore(swept).add_up,
            },
            queues=self.queues,
            policies={
                channel: policy
                for channel, policy in (
                    (Channel.EMAIL, ChannelPolicy(14, EMAIL_DEADLINE)),
                    (Channel.TEXT, ChannelPolicy(45, TEXT_DEADLINE, self.resends_texts)),
                )
                if (channel, Kind.TRANSACTIONAL) in self.queues
            },
            requeue_after=LOST_AFTER,
            now=self.clock.now,
        )

    def send(self, message_ids: list[UUID], channel: Channel = Channel.EMAIL) -> None:
        self.sender().send(SendChunk(channel, tuple(message_ids)), self.deadline())

    def sweep(self) -> Mapping[str, int]:
        return self.sweeper().sweep(self.deadline())

    def deadline(self) -> datetime:
        return self.clock.now() + timedelta(seconds=30)

    def event(
        self, message_id: UUID | None, status: str | None, channel: Channel = Channel.EMAIL
    ) -> None:
        """Do to the database what the event processor does with a provider's event of now."""
        parameters = {
            "event_key": UUID(int=(self.clock.now_us() // 1000 << 80) + new_id().int % (1 << 80)),
            "now": self.clock.now(),
            "message_id": message_id,
            "status": status,
            "channel": channel,
        }
        self.database.fetch(
            """
            WITH joined AS (
                UPDATE message_state SET status = greatest(status, %(status)s::message_status)
                 WHERE message_id = %(message_id)s
            )
            INSERT INTO message_event (event_key, occurred_at, received_at, message_id, channel,
                                       event_type, status, is_final)
            VALUES (%(event_key)s, %(now)s, %(now)s, %(message_id)s, %(channel)s, 'Send',
                    %(status)s, false)
            """,
            parameters,
        )

    def state(self, message_id: UUID) -> dict[str, Any]:
        """Return the message's row of `message_state`."""
        query = "SELECT * FROM message_state WHERE message_id = %(message_id)s"
        return self.database.fetch(query, {"message_id": message_id})[0]

    def status(self, message_id: UUID) -> str:
        return str(self.state(message_id)["status"])

    def statuses(self) -> dict[str, int]:
        rows = self.database.fetch("SELECT status, count(*) FROM message_state GROUP BY status")
        return {row["status"]: row["count"] for row in rows}

    def dispatch(self, message_id: UUID) -> dict[str, Any] | None:
        """Return the message's row of `dispatch`, None once it is settled."""
        query = "SELECT * FROM dispatch WHERE message_id = %(message_id)s"
        rows = self.database.fetch(query, {"message_id": message_id})
        return rows[0] if rows else None

    def calls(self) -> list[UUID]:
        """Return the messages the providers were called for, in order."""
        emails: list[UUID] = [call.message_id for call in self.email.calls]
        return emails + [call.message_id for call in self.text.calls]
