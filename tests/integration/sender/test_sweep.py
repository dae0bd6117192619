"""The sweeper on a real Postgres: what is due, forsaken, settled, expired or in doubt."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID

import pytest

from message_tracker.core.domain.chunk import SendChunk, parse_chunk
from message_tracker.core.domain.message import Channel, Kind, OnUnconfirmed
from message_tracker.core.domain.outcome import Unknown
from message_tracker.core.store.database import Database
from tests.fakes import FakeEmailProvider, FakeQueue
from tests.outbox import EMAIL_DEADLINE, LOST_AFTER, TEXT_DEADLINE, Outbox

EMAIL_QUEUE = (Channel.EMAIL, Kind.TRANSACTIONAL)


def chunks(outbox: Outbox, queue: tuple[Channel, Kind] = EMAIL_QUEUE) -> list[SendChunk]:
    return [parse_chunk(body) for body in outbox.queues[queue].bodies]


def enqueued(outbox: Outbox) -> list[UUID]:
    bodies = [body for queue in outbox.queues.values() for body in queue.bodies]
    return [message_id for body in bodies for message_id in parse_chunk(body).message_ids]


@pytest.fixture
def in_doubt(outbox: Outbox) -> Callable[..., UUID]:
    """Leave one e-mail begun, its outcome unknown."""

    def begin(on_unconfirmed: OnUnconfirmed = OnUnconfirmed.RETRY) -> UUID:
        outbox.email = FakeEmailProvider([Unknown("timeout")])
        [message_id] = outbox.accept(on_unconfirmed=on_unconfirmed)
        outbox.send([message_id])
        return message_id

    return begin


def test_what_is_due_goes_to_the_queue_of_its_channel_and_kind(outbox: Outbox) -> None:
    expected = {
        (channel, kind): sorted(outbox.accept(3, channel=channel, kind=kind, is_enqueued=False))
        for channel in Channel
        for kind in Kind
    }

    done = outbox.sweep()

    assert 12 == done["Enqueued"]
    for queue, message_ids in expected.items():
        [chunk] = chunks(outbox, queue)
        assert (queue[0], message_ids) == (chunk.channel, sorted(chunk.message_ids))


def test_chunks_hold_what_one_lease_covers(outbox: Outbox) -> None:
    outbox.accept(30, is_enqueued=False)
    outbox.accept(20, channel=Channel.TEXT, units=10, is_enqueued=False)

    outbox.sweep()

    emails = [len(chunk.message_ids) for chunk in chunks(outbox)]
    texts = [len(chunk.message_ids) for chunk in chunks(outbox, (Channel.TEXT, EMAIL_QUEUE[1]))]
    assert ([14, 14, 2], [4] * 5) == (emails, texts)


def test_what_is_on_a_queue_is_not_enqueued_again(outbox: Outbox) -> None:
    outbox.accept(3, is_enqueued=False)
    outbox.sweep()

    done = outbox.sweep()

    assert 0 == done["Enqueued"]


def test_a_backlog_beyond_one_statement_is_enqueued_whole(outbox: Outbox) -> None:
    message_ids = outbox.accept(25, is_enqueued=False)

    done = outbox.sweeper(most=10).sweep(outbox.deadline())

    assert 25 == done["Enqueued"]
    assert sorted(message_ids) == sorted(enqueued(outbox))


def test_a_scheduled_message_is_queued_when_its_time_has_come(outbox: Outbox) -> None:
    [message_id] = outbox.accept(due_in=timedelta(hours=1), is_enqueued=False)
    early = outbox.sweep()["Enqueued"]
    outbox.clock.advance(timedelta(hours=1))

    due = outbox.sweep()["Enqueued"]

    assert (0, 1) == (early, due)
    assert "queued" == outbox.status(message_id)


def test_what_a_queue_refuses_is_enqueued_by_the_next_sweep(outbox: Outbox) -> None:
    outbox.queues[EMAIL_QUEUE].refuses = lambda _: True
    outbox.accept(3, is_enqueued=False)
    refused = outbox.sweep()
    outbox.queues[EMAIL_QUEUE].refuses = lambda _: False

    taken = outbox.sweep()

    assert (0, 3) == (refused["Enqueued"], refused["EnqueueRefused"])
    assert (3, 0) == (taken["Enqueued"], taken["EnqueueRefused"])


def test_two_sweepers_at_once_enqueue_everything_once(outbox: Outbox, database_url: str) -> None:
    message_ids = outbox.accept(400, is_enqueued=False)
    together = Barrier(4, timeout=20)

    def sweep(_: int) -> int:
        own = Database(lambda: database_url)
        together.wait()
        done = outbox.sweeper(own, most=30).sweep(outbox.deadline())
        own.close()
        return done["Enqueued"]

    with ThreadPoolExecutor(4) as sweepers:
        total = sum(sweepers.map(sweep, range(4)))

    outbox.sweep()
    assert sorted(message_ids) == sorted(enqueued(outbox))
    assert total <= 400


class BrokenQueue(FakeQueue):
    """Dies with the process that uses it."""

    def send(self, bodies: object) -> list[int]:
        raise SystemExit(bodies)


def test_a_sweeper_that_dies_before_the_queue_has_its_chunks_loses_nothing(
    outbox: Outbox,
) -> None:
    message_ids = outbox.accept(3, is_enqueued=False)
    outbox.queues[EMAIL_QUEUE] = BrokenQueue()
    with pytest.raises(SystemExit):
        outbox.sweep()
    outbox.queues[EMAIL_QUEUE] = FakeQueue()
    at_once = outbox.sweep()["Enqueued"]
    outbox.clock.advance(timedelta(minutes=3))

    later = outbox.sweep()["Enqueued"]

    assert (0, 3) == (at_once, later)
    assert sorted(message_ids) == sorted(enqueued(outbox))


def test_what_outlives_its_ttl_expires_wherever_it_waits(outbox: Outbox) -> None:
    ttl = timedelta(minutes=1)
    outbox.accept(ttl=ttl)
    outbox.accept(ttl=ttl, is_enqueued=False)
    outbox.accept(ttl=ttl, group_id=outbox.group("paused"), is_enqueued=False)
    [kept] = outbox.accept(ttl=timedelta(hours=1))
    outbox.clock.advance(ttl)

    done = outbox.sweep()

    assert (3, 0) == (done["MessagesExpired"], done["Enqueued"])
    assert {"expired": 3, "queued": 1} == outbox.statuses()
    assert outbox.dispatch(kept) is not None


def test_what_expires_beyond_one_statement_expires_in_one_sweep(outbox: Outbox) -> None:
    outbox.accept(25, ttl=timedelta(minutes=1))
    outbox.clock.advance(timedelta(minutes=1))

    done = outbox.sweeper(most=10).sweep(outbox.deadline())

    assert 25 == done["MessagesExpired"]


def test_a_sweep_without_time_leaves_the_rest_to_the_next(outbox: Outbox) -> None:
    outbox.accept(25, ttl=timedelta(minutes=1), is_enqueued=False)
    outbox.accept(25, is_enqueued=False)
    outbox.clock.advance(timedelta(minutes=1))

    done = outbox.sweeper(most=10).sweep(outbox.clock.now())

    assert (10, 10) == (done["MessagesExpired"], done["Enqueued"])


def test_what_was_begun_does_not_expire(outbox: Outbox, in_doubt: Callable[..., UUID]) -> None:
    message_id = in_doubt()
    query = "UPDATE dispatch SET expires_at = %(now)s"
    outbox.database.fetch(query, {"now": outbox.clock.now()})

    done = outbox.sweep()

    assert 0 == done["MessagesExpired"]
    assert "sending" == outbox.status(message_id)


def test_a_chunk_that_was_lost_is_enqueued_again_after_a_day(outbox: Outbox) -> None:
    outbox.accept(2)
    early = outbox.sweep()["Enqueued"]
    outbox.clock.advance(LOST_AFTER + timedelta(seconds=1))

    done = outbox.sweep()

    assert (0, 2, 2) == (early, done["ChunksLost"], done["Enqueued"])


def test_an_event_settles_what_was_begun_and_never_recorded(
    outbox: Outbox, in_doubt: Callable[..., UUID]
) -> None:
    message_id = in_doubt()
    outbox.event(message_id, "sent")

    done = outbox.sweep()

    assert 1 == done["MessagesSettledByEvents"]
    assert outbox.dispatch(message_id) is None
    assert "sent" == outbox.status(message_id)


def test_before_the_deadline_doubt_waits(outbox: Outbox, in_doubt: Callable[..., UUID]) -> None:
    message_id = in_doubt()
    outbox.clock.advance(EMAIL_DEADLINE - timedelta(seconds=1))
    outbox.event(None, "delivered")

    outbox.sweep()

    dispatch = outbox.dispatch(message_id)
    assert dispatch is not None
    assert dispatch["begun_at"] is not None


def test_after_the_deadline_doubt_is_retried_if_the_message_asks_for_it(
    outbox: Outbox, in_doubt: Callable[..., UUID]
) -> None:
    message_id = in_doubt(OnUnconfirmed.RETRY)
    outbox.clock.advance(EMAIL_DEADLINE + timedelta(seconds=1))
    outbox.event(None, "delivered")
    done = outbox.sweep()

    outbox.send(enqueued(outbox))

    attempts = [call.attempt_id for call in outbox.email.calls]
    assert (1, 1) == (done["UnconfirmedRetried"], done["Enqueued"])
    assert 2 == len(set(attempts))
    assert ("sent", 2) == (outbox.status(message_id), outbox.state(message_id)["attempts"])


@pytest.mark.parametrize(
    ("channel", "status"),
    [
        pytest.param(None, None, id="no event at all"),
        pytest.param(Channel.TEXT, "delivered", id="an event of the other channel"),
        pytest.param(Channel.EMAIL, None, id="an open, which may come another way"),
    ],
)
def test_while_no_event_proves_its_path_alive_doubt_waits(
    outbox: Outbox,
    in_doubt: Callable[..., UUID],
    channel: Channel | None,
    status: str | None,
) -> None:
    outbox.event(None, "delivered")  # before the attempt: proves nothing
    outbox.clock.advance(timedelta(seconds=1))
    message_id = in_doubt(OnUnconfirmed.RETRY)
    outbox.clock.advance(EMAIL_DEADLINE + timedelta(seconds=1))
    if channel is not None:
        outbox.event(None, status, channel)

    done = outbox.sweep()

    assert (0, 0) == (done["UnconfirmedRetried"], done["Unconfirmed"])
    assert "sending" == outbox.status(message_id)


def test_after_the_deadline_doubt_is_left_to_a_person_if_the_message_asks_for_it(
    outbox: Outbox, in_doubt: Callable[..., UUID]
) -> None:
    message_id = in_doubt(OnUnconfirmed.HOLD)
    outbox.clock.advance(EMAIL_DEADLINE + timedelta(seconds=1))

    done = outbox.sweep()

    state = outbox.state(message_id)
    assert 1 == done["Unconfirmed"]
    assert ("unconfirmed", "sender/Unconfirmed") == (state["status"], state["cause"])
    assert outbox.clock.now() == state["failed_at"]
    assert outbox.dispatch(message_id) is None


def test_an_event_after_all_overrules_unconfirmed(
    outbox: Outbox, in_doubt: Callable[..., UUID]
) -> None:
    message_id = in_doubt(OnUnconfirmed.HOLD)
    outbox.clock.advance(EMAIL_DEADLINE + timedelta(seconds=1))
    outbox.sweep()

    outbox.event(message_id, "delivered")

    assert "delivered" == outbox.status(message_id)


def test_doubt_that_has_used_up_its_attempts_is_left_to_a_person(outbox: Outbox) -> None:
    outbox.email = FakeEmailProvider([Unknown("timeout")] * 9)
    [message_id] = outbox.accept(is_enqueued=False)

    for _ in range(7):
        outbox.sweep()
        outbox.send([message_id])
        outbox.clock.advance(EMAIL_DEADLINE + timedelta(seconds=1))
        outbox.event(None, "delivered")

    assert 5 == len(outbox.calls())
    assert "unconfirmed" == outbox.status(message_id)


def test_each_channel_has_a_deadline_of_its_own(outbox: Outbox) -> None:
    assert EMAIL_DEADLINE < TEXT_DEADLINE
    [message_id] = outbox.accept(channel=Channel.TEXT, on_unconfirmed=OnUnconfirmed.HOLD)
    outbox.text = type(outbox.text)([Unknown("timeout")])
    outbox.send([message_id], Channel.TEXT)
    outbox.clock.advance(EMAIL_DEADLINE * 2)
    early = outbox.sweep()["Unconfirmed"]
    outbox.clock.advance(TEXT_DEADLINE)

    late = outbox.sweep()["Unconfirmed"]

    assert (0, 1) == (early, late)


def test_a_sweep_makes_the_coming_months_partitions(outbox: Outbox) -> None:
    outbox.clock.advance(timedelta(days=400))

    outbox.sweep()

    rows = outbox.database.fetch("SELECT to_regclass('message_event_2028_03') AS made")
    assert rows[0]["made"] is not None
