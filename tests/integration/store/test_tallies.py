"""The counts of messages are exact: whoever writes, in any order, at once, or dies in between."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import Rollback

from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.message import Channel, GroupState
from message_tracker.core.domain.outcome import Accepted, Outcome, Refused, Unknown
from message_tracker.core.store import retention
from message_tracker.core.store.database import Database
from message_tracker.core.store.events import ingest
from message_tracker.core.store.group_orders import GroupOrders
from message_tracker.core.store.groups import Groups
from message_tracker.core.store.stats import Sent, Statistics
from message_tracker.core.store.tallies import TallyStore
from tests.fakes import FakeEmailProvider, FakeTextProvider
from tests.outbox import NOW, Outbox, VirtualClock
from tests.provider_events import email_event, encoded, text_event
from tests.tallies import counted, kept

EMAIL_EVENTS = ("Send", "Delivery", "Bounce", "Complaint", "Open", "Click", "Subscription")
TEXT_EVENTS = ("TEXT_QUEUED", "TEXT_DELIVERED", "TEXT_UNREACHABLE")
STEPS = (
    "accept", "accept later", "send", "sweep", "tell", "tell", "tell twice", "stop", "pause",
    "resume", "forget", "add up", "expire",
)  # fmt: skip


class Life:
    """What may happen to messages, at random."""

    def __init__(self, outbox: Outbox, seed: int) -> None:
        self.outbox = outbox
        self.database = outbox.database
        self.chance = random.Random(seed)  # noqa: S311 - a choice, not a secret
        self.outbox.email = FakeEmailProvider(answer=self._answer)
        self.outbox.text = FakeTextProvider(answer=self._answer)
        self.groups = [outbox.group(), outbox.group()]
        self.messages: list[tuple[UUID, Channel]] = []

    def step(self, name: str) -> None:
        """Let one thing happen."""
        group_id, channel = self.chance.choice(self.groups), self.chance.choice(list(Channel))
        match name:
            case "accept" | "accept later" | "expire":
                self._accept(name, group_id, channel)
            case "send":
                self.outbox.deliver()
            case "sweep":
                self.outbox.clock.advance(timedelta(minutes=self.chance.choice((1, 59, 300))))
                self.outbox.sweep()
            case "tell" | "tell twice":
                self._tell(twice=name == "tell twice")
            case "stop" | "pause" | "resume":
                self._order(group_id, name)
            case "forget":
                ids = [message_id for message_id, _ in self.messages[:2]]
                retention.forget_person(
                    self.database, "Person0@example.com", ids, with_suppression=True
                )
            case "add up":
                TallyStore(self.database, kept=timedelta()).add_up(self.outbox.clock.now())
            case _:
                raise LookupError(name)

    def _accept(self, name: str, group_id: UUID, channel: Channel) -> None:
        message_ids = self.outbox.accept(
            self.chance.randint(1, 4),
            group_id=group_id,
            channel=channel,
            units=self.chance.randint(1, 3),
            due_in=timedelta(hours=30) if name == "accept later" else timedelta(),
            ttl=timedelta(minutes=1) if name == "expire" else None,
            is_enqueued=False,
        )
        self.messages += [(message_id, channel) for message_id in message_ids]

    def _order(self, group_id: UUID, name: str) -> None:
        state = {"stop": "stopped", "pause": "paused", "resume": "active"}[name]
        orders, now = GroupOrders(self.database), self.outbox.clock.now()
        if orders.give(group_id, GroupState(state)) == state:
            orders.carry_out(group_id, GroupState(state), now=now, has_time=lambda: True)

    def _tell(self, *, twice: bool) -> None:
        told = [self.event(*one) for one in self.messages if self.chance.random() < 0.6]
        with self.database.transaction() as cursor:
            ingest(cursor, told * (2 if twice else 1))

    def event(self, message_id: UUID, channel: Channel) -> DeliveryEvent:
        at = self.outbox.clock.now() + timedelta(seconds=self.chance.randint(-9_000, 100))
        record = (
            email_event(
                self.chance.choice(EMAIL_EVENTS),
                message_id=message_id,
                provider_message_id=f"ses-{message_id}",
                occurred_at=at,
            )
            if channel is Channel.EMAIL
            else text_event(
                self.chance.choice(TEXT_EVENTS),
                message_id=message_id,
                provider_message_id=f"sms-{message_id}",
                occurred_at=at,
            )
        )
        event = parse_event(encoded(record))
        assert isinstance(event, DeliveryEvent)
        return event

    def _answer(self, _: object) -> Outcome:
        return self.chance.choice(
            (
                Accepted(f"p-{self.chance.random()}"),
                Refused("x", "", permanent=True),
                Unknown("timeout"),
            )
        )


def test_after_anything_that_happens_the_counts_equal_a_recount(database: Database) -> None:
    @settings(max_examples=12)
    @given(steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=10), seed=st.integers(0))
    def are_exact(steps: list[str], seed: int) -> None:
        life = Life(Outbox(database), seed)
        for step in ["accept", *steps]:
            life.step(step)

        assert counted(database) == kept(database)

    are_exact()


def test_writers_and_adders_at_once_lose_and_double_nothing_and_every_look_is_whole(
    database: Database, database_url: str
) -> None:
    life = Life(Outbox(database), seed=7)
    outbox, group_id = life.outbox, life.groups[0]
    chunks = [outbox.accept(20, group_id=group_id) for _ in range(6)]
    ids = [(message_id, Channel.EMAIL) for chunk in chunks for message_id in chunk]

    def send(own: Database, number: int) -> None:
        outbox.sender(own).send(SendChunk(Channel.EMAIL, tuple(chunks[number])), outbox.deadline())

    def tell(own: Database, number: int) -> None:
        for _ in range(4):
            with own.transaction() as cursor:
                ingest(cursor, [life.event(*one) for one in ids[number * 20 : number * 20 + 60]])

    def add_up(own: Database, _: int) -> None:
        for _ in range(30):
            TallyStore(own, kept=timedelta()).add_up(NOW)

    def look(own: Database, _: int) -> None:
        for _ in range(60):
            group = Groups(own).find(group_id)
            assert group is not None
            assert sum(count.messages for count in group.counts) == len(ids)

    def with_a_connection(work: Callable[[Database, int], None], number: int) -> None:
        own = Database(lambda: database_url)
        work(own, number)
        own.close()

    with ThreadPoolExecutor(12) as pool:
        futures = [pool.submit(with_a_connection, send, number) for number in range(6)]
        futures += [pool.submit(with_a_connection, tell, number) for number in range(4)]
        futures += [pool.submit(with_a_connection, add_up, number) for number in range(2)]
        futures.append(pool.submit(with_a_connection, look, 0))
        for future in futures:
            future.result(timeout=60)

    assert counted(database) == kept(database)


def test_a_change_that_is_rolled_back_was_never_counted(outbox: Outbox) -> None:
    [message_id] = outbox.accept()

    with outbox.database.transaction() as cursor:
        query = "UPDATE message_state SET status = 'failed' WHERE message_id = %s"
        cursor.execute(query, (message_id,))
        raise Rollback

    assert counted(outbox.database) == kept(outbox.database)


def test_changes_are_left_for_a_while_and_then_added_up_once(outbox: Outbox) -> None:
    outbox.accept(3)
    late, early = TallyStore(outbox.database), TallyStore(outbox.database, kept=timedelta())

    done = [late.add_up(NOW), early.add_up(NOW), early.add_up(NOW)]

    assert [0, 1, 0] == done
    assert counted(outbox.database) == kept(outbox.database)


def test_a_settled_group_is_one_row_a_status(outbox: Outbox) -> None:
    outbox.send(outbox.accept(5))

    TallyStore(outbox.database, kept=timedelta()).add_up(NOW)

    rows = outbox.database.fetch("SELECT status, messages FROM group_tally")
    assert [{"status": "sent", "messages": 5}] == rows


@pytest.mark.parametrize("is_added_up", [False, True], ids=["changes", "sums"])
@pytest.mark.parametrize(
    ("since", "expected"),
    [
        pytest.param(NOW - timedelta(hours=24), 6, id="from-a-whole-hour"),
        pytest.param(NOW - timedelta(hours=2, minutes=1), 4, id="within-an-hour"),
        pytest.param(NOW - timedelta(hours=1, minutes=59), 2, id="after-a-minute-of-it"),
        pytest.param(NOW + timedelta(hours=1), 0, id="nothing"),
    ],
)
def test_what_was_sent_since_is_counted_to_the_minute(
    database: Database, since: datetime, expected: int, *, is_added_up: bool
) -> None:
    for minutes_ago in (0, 120, 1439):
        outbox = Outbox(database, VirtualClock(NOW - timedelta(minutes=minutes_ago)))
        outbox.send(outbox.accept(2, channel=Channel.TEXT, units=3), Channel.TEXT)
    if is_added_up:
        TallyStore(database, kept=timedelta()).add_up(NOW)

    sent = Statistics(database).sent_since(since)

    assert {Channel.EMAIL: Sent(), Channel.TEXT: Sent(expected, 3 * expected)} == sent


def test_minutes_of_long_ago_are_let_go_of(outbox: Outbox) -> None:
    outbox.send(outbox.accept(2))
    store = TallyStore(outbox.database, kept=timedelta())

    store.add_up(NOW + timedelta(days=40))

    assert [] == outbox.database.fetch("SELECT begins_at FROM sent_per_minute")
    assert (
        2
        == Statistics(outbox.database).sent_since(NOW - timedelta(hours=1))[Channel.EMAIL].messages
    )
