"""Stop, pause and resume: at most what is in flight is sent, and nobody twice or never."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain
from uuid import UUID

import pytest

from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, GroupState, OutboundEmail
from message_tracker.core.domain.outcome import Accepted, Outcome, Unknown
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database
from message_tracker.core.store.group_orders import GroupOrders, Progress
from tests.fakes import FakeEmailProvider
from tests.outbox import EMAIL_DEADLINE, Outbox

ACTIVE, PAUSED, STOPPED = GroupState.ACTIVE, GroupState.PAUSED, GroupState.STOPPED


@pytest.fixture
def group_id(outbox: Outbox) -> UUID:
    return outbox.group()


def settling(outbox: Outbox) -> int:
    return len(GroupOrders(outbox.database).unsettled())


def run(outbox: Outbox) -> None:
    """Sweep and let the senders work until there is nothing left to do now."""
    for _ in range(4):
        outbox.sweep()
        outbox.deliver()


def test_a_stop_ends_every_message_wherever_it_waits_and_no_other_groups(
    outbox: Outbox, group_id: UUID
) -> None:
    outbox.accept(3, group_id=group_id)
    outbox.accept(3, group_id=group_id, is_enqueued=False)
    outbox.accept(3, group_id=group_id, due_in=timedelta(days=1), is_enqueued=False)
    outbox.accept(3, group_id=group_id, channel=Channel.TEXT)
    others = outbox.accept(2)

    outbox.order(group_id, STOPPED)

    assert {"stopped": 12, "queued": 2} == outbox.statuses()
    rows = outbox.database.fetch("SELECT message_id FROM dispatch ORDER BY message_id")
    assert others == [row["message_id"] for row in rows]
    assert 0 == settling(outbox)


def test_after_a_stop_at_most_the_chunk_in_flight_is_sent(outbox: Outbox, group_id: UUID) -> None:
    chunks = [outbox.accept(5, group_id=group_id) for _ in range(4)]

    def stop_meanwhile(_: OutboundEmail) -> Outcome:
        if 1 == len(outbox.email.calls):
            outbox.order(group_id, STOPPED)
        return Accepted(f"ses-{len(outbox.email.calls)}")

    outbox.email = FakeEmailProvider(answer=stop_meanwhile)

    for chunk in chunks:
        outbox.send(chunk)

    assert 5 == len(outbox.calls())
    assert {"sent": 5, "stopped": 15} == outbox.statuses()


def test_resuming_a_stopped_group_sends_exactly_what_was_stopped_and_repeats_nobody(
    outbox: Outbox, group_id: UUID
) -> None:
    sent = outbox.accept(4, group_id=group_id)
    outbox.send(sent)
    rest = outbox.accept(6, group_id=group_id)
    later = outbox.accept(2, group_id=group_id, due_in=timedelta(days=1), is_enqueued=False)
    outbox.order(group_id, STOPPED)

    outbox.order(group_id, ACTIVE)

    assert {"sent": 4, "queued": 6, "scheduled": 2} == outbox.statuses()
    run(outbox)
    assert sorted(sent + rest) == sorted(outbox.calls())
    outbox.clock.advance(timedelta(days=1))
    run(outbox)
    assert sorted(sent + rest + later) == sorted(outbox.calls())
    assert BooksStore(outbox.database).read().gaps == ()


def test_a_stopped_message_that_an_event_proved_sent_is_not_revived(
    outbox: Outbox, group_id: UUID
) -> None:
    [message_id] = outbox.accept(group_id=group_id)
    outbox.order(group_id, STOPPED)
    outbox.event(message_id, "sent")

    outbox.order(group_id, ACTIVE)
    run(outbox)

    assert [] == outbox.calls()
    assert "sent" == outbox.status(message_id)


def test_a_message_in_doubt_is_left_in_doubt_by_a_stop(outbox: Outbox, group_id: UUID) -> None:
    outbox.email = FakeEmailProvider([Unknown("timeout")])
    [message_id] = outbox.accept(group_id=group_id)
    outbox.send([message_id])

    outbox.order(group_id, STOPPED)

    assert "sending" == outbox.status(message_id)
    assert 0 == settling(outbox)
    outbox.clock.advance(EMAIL_DEADLINE + timedelta(seconds=1))
    outbox.event(None, "delivered")
    run(outbox)
    assert [message_id] == outbox.calls()
    assert "stopped" == outbox.status(message_id)


def test_a_paused_group_waits_off_the_queues_and_no_sweep_looks_at_it_again(
    outbox: Outbox, group_id: UUID
) -> None:
    outbox.accept(5, group_id=group_id)
    outbox.accept(5, group_id=group_id, is_enqueued=False)
    outbox.order(group_id, PAUSED)
    rows = outbox.database.fetch("SELECT message_id FROM dispatch")
    outbox.send([row["message_id"] for row in rows][:5])
    first = outbox.sweep()["Enqueued"]
    outbox.deliver()

    second = outbox.sweep()["Enqueued"]

    assert (10, 0) == (first, second) or (5, 0) == (first, second)
    assert [] == outbox.calls()
    assert {"queued": 10} == outbox.statuses()
    assert [{"held": 10}] == outbox.database.fetch(
        "SELECT count(*) AS held FROM dispatch WHERE is_held AND enqueued_at IS NULL"
    )


def test_a_resumed_group_goes_on_where_it_was_and_sends_everything_once(
    outbox: Outbox, group_id: UUID
) -> None:
    message_ids = outbox.accept(8, group_id=group_id)
    outbox.send(message_ids[:3])
    outbox.order(group_id, PAUSED)
    outbox.send(message_ids)
    late = outbox.accept(2, group_id=group_id)
    outbox.send(late)

    outbox.order(group_id, ACTIVE)
    run(outbox)

    assert sorted(message_ids + late) == sorted(outbox.calls())
    assert {"sent": 10} == outbox.statuses()


def test_a_paused_group_can_be_stopped_and_its_messages_still_expire(
    outbox: Outbox, group_id: UUID
) -> None:
    outbox.accept(2, group_id=group_id, ttl=timedelta(minutes=1))
    message_ids = outbox.accept(2, group_id=group_id)
    outbox.order(group_id, PAUSED)
    outbox.send(message_ids)
    outbox.clock.advance(timedelta(minutes=1))
    outbox.sweep()

    outbox.order(group_id, STOPPED)

    assert {"expired": 2, "stopped": 2} == outbox.statuses()


def test_what_the_giver_of_an_order_has_no_time_for_the_sweeper_does(
    outbox: Outbox, group_id: UUID
) -> None:
    outbox.accept(25, group_id=group_id, is_enqueued=False)
    orders = GroupOrders(outbox.database, most=10)
    orders.give(group_id, STOPPED)
    progress = orders.carry_out(group_id, STOPPED, now=outbox.clock.now(), has_time=lambda: False)

    done = outbox.sweep()

    assert Progress(10, is_complete=False) == progress
    assert 0 == settling(outbox)
    assert {"stopped": 25} == outbox.statuses()
    # The sweep has enqueued the others before: whoever looks at a chunk finds nothing to do.
    assert 15 == done["MessagesFollowingOrders"]
    outbox.deliver()
    assert [] == outbox.calls()


@pytest.mark.parametrize(
    ("stands", "order", "becomes"),
    [
        (ACTIVE, STOPPED, STOPPED),
        (ACTIVE, PAUSED, PAUSED),
        (ACTIVE, ACTIVE, ACTIVE),
        (PAUSED, STOPPED, STOPPED),
        (PAUSED, ACTIVE, ACTIVE),
        (STOPPED, ACTIVE, ACTIVE),
        (STOPPED, STOPPED, STOPPED),
        (STOPPED, PAUSED, STOPPED),
    ],
)
def test_an_order_may_be_repeated_and_a_stopped_group_is_not_paused(
    outbox: Outbox, stands: GroupState, order: GroupState, becomes: GroupState
) -> None:
    group_id = outbox.group(stands)

    assert GroupOrders(outbox.database).give(group_id, order) is becomes


def test_there_is_no_order_to_a_group_that_is_none(outbox: Outbox) -> None:
    assert GroupOrders(outbox.database).give(new_id(), STOPPED) is None


def test_an_order_that_another_has_overtaken_changes_nothing(
    outbox: Outbox, group_id: UUID
) -> None:
    outbox.accept(3, group_id=group_id)

    progress = GroupOrders(outbox.database).carry_out(
        group_id, STOPPED, now=outbox.clock.now(), has_time=lambda: True
    )

    assert Progress(0, is_complete=False) == progress
    assert {"queued": 3} == outbox.statuses()


def test_orders_against_one_another_while_senders_work_lose_and_double_nothing(
    outbox: Outbox, group_id: UUID, database_url: str
) -> None:
    chunks = [outbox.accept(10, group_id=group_id) for _ in range(12)]

    def command(number: int) -> None:
        own = Database(lambda: database_url)
        orders = GroupOrders(own, most=7)
        for state in [STOPPED, ACTIVE, PAUSED, ACTIVE] * 3:
            if orders.give(group_id, state) is state:
                orders.carry_out(
                    group_id, state, now=outbox.clock.now(), has_time=lambda: number == 0
                )
        own.close()

    def work(chunk: list[UUID]) -> None:
        own = Database(lambda: database_url)
        sender = outbox.sender(own)
        sender.send(SendChunk(Channel.EMAIL, tuple(chunk)), outbox.deadline())
        own.close()

    with ThreadPoolExecutor(6) as people:
        futures = [people.submit(command, number) for number in range(2)]
        futures += [people.submit(work, chunk) for chunk in chunks]
        for future in futures:
            future.result(timeout=60)
    outbox.order(group_id, ACTIVE)
    for _ in range(3):
        run(outbox)

    assert sorted(chain(*chunks)) == sorted(outbox.calls())
    assert {"sent": 120} == outbox.statuses()
    assert 0 == settling(outbox)
