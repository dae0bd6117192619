"""A channel whose provider refuses everyone is parked, probed, and goes on by itself."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from uuid import UUID

import pytest

from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.circuit import Circuit
from message_tracker.core.domain.message import Channel, GroupState, Kind, MessageId, OutboundEmail
from message_tracker.core.domain.outcome import (
    Accepted,
    ChannelFault,
    Outcome,
    Refused,
    Throttled,
    Unknown,
)
from message_tracker.core.domain.slot import ANY, Lease, Terms
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from tests.fakes import FakeEmailProvider, FakeRateLimiter
from tests.outbox import NOW, CountingDatabase, Outbox

PAUSED = ChannelFault("ses/SendingPausedException", "Sending is paused for this account")
MINUTE = timedelta(minutes=1)


def down(_: OutboundEmail) -> Outcome:
    return PAUSED


def circuits(outbox: Outbox) -> list[Circuit]:
    return Circuits(outbox.database).open_circuits()


@pytest.fixture
def parked(outbox: Outbox) -> Outbox:
    """An outbox of ten e-mails: three have met the fault, the chunk of the others came after."""
    outbox.email = FakeEmailProvider(answer=down)
    message_ids = outbox.accept(10)
    outbox.send(message_ids[:3])
    outbox.send(message_ids[3:])
    return outbox


def probed(outbox: Outbox) -> list[UUID]:
    """Sweep, let the senders work, and return whom they called."""
    before = len(outbox.email.calls)
    outbox.sweep()
    outbox.deliver()
    return [call.message_id for call in outbox.email.calls[before:]]


def test_a_fault_of_the_channel_opens_its_circuit_and_costs_no_message_anything(
    parked: Outbox,
) -> None:
    [circuit] = circuits(parked)

    assert (Channel.EMAIL, PAUSED.cause, PAUSED.detail) == (
        circuit.channel, circuit.cause, circuit.cause_detail,
    )  # fmt: skip
    assert (MINUTE, 0) == (circuit.probe_at - circuit.opened_at, circuit.failed_probes)
    rows = parked.database.fetch(
        "SELECT attempts, begun_at FROM dispatch UNION SELECT attempts, NULL FROM message_state"
    )
    assert [{"attempts": 0, "begun_at": None}] == rows


def test_the_rest_of_a_chunk_that_met_the_fault_is_not_even_begun(outbox: Outbox) -> None:
    outbox.email = FakeEmailProvider(answer=down)
    message_ids = outbox.accept(9)

    outbox.limiter = FakeRateLimiter(rate=3_000, clock=outbox.clock.now_us)  # a lease: one second
    outbox.sender().send(SendChunk(Channel.EMAIL, tuple(message_ids)), outbox.deadline())

    rows = outbox.database.fetch("SELECT count(*) AS free FROM dispatch WHERE begun_at IS NULL")
    assert 3 == len(outbox.calls())
    assert [{"free": 9}] == rows


def test_behind_an_open_circuit_chunks_are_consumed_and_nothing_is_called(parked: Outbox) -> None:
    late = parked.accept(5)

    parked.send(late)

    dispatch = parked.dispatch(late[0])
    assert 3 == len(parked.calls())
    assert dispatch is not None
    assert (None, None, None) == (
        dispatch["enqueued_at"], dispatch["claim_id"], dispatch["begun_at"],
    )  # fmt: skip


class FailsMeanwhile(FakeRateLimiter):
    """While one sender waits for its slots, another one meets the fault."""

    def __init__(self, outbox: Outbox, message_id: UUID) -> None:
        super().__init__(clock=outbox.clock.now_us)
        self.fail = partial(
            Circuits(outbox.database).open, Channel.EMAIL, PAUSED, MessageId(message_id), now=NOW
        )

    def reserve(self, sizes: Sequence[int], terms: Terms = ANY) -> Lease:
        self.fail()
        return super().reserve(sizes, terms)


def test_an_open_circuit_is_seen_by_a_sender_that_has_claimed_before(outbox: Outbox) -> None:
    message_ids = outbox.accept(2)
    outbox.limiter = FailsMeanwhile(outbox, message_ids[0])

    outbox.send(message_ids)

    assert [] == outbox.calls()
    assert {"queued": 2} == outbox.statuses()


def test_the_sweeper_enqueues_nothing_of_an_open_channel_until_a_probe_is_due(
    parked: Outbox,
) -> None:
    done = parked.sweep()

    assert (0, 1, 0) == (done["Enqueued"], done["OpenCircuits"], done["Probes"])


def test_the_other_channel_goes_on(parked: Outbox) -> None:
    parked.accept(4, channel=Channel.TEXT, is_enqueued=False)

    parked.sweep()
    parked.deliver()

    assert 4 == len(parked.text.calls)


def test_one_message_probes_and_another_one_the_next_time(parked: Outbox) -> None:
    parked.clock.advance(MINUTE)
    first = probed(parked)
    parked.clock.advance(2 * MINUTE)

    second = probed(parked)

    assert (1, 1) == (len(first), len(second))
    assert first != second


def test_a_probe_passes_on_the_queue_where_nothing_waits_for_long(outbox: Outbox) -> None:
    outbox.email = FakeEmailProvider(answer=down)
    outbox.send(outbox.accept(3, kind=Kind.MARKETING))
    outbox.clock.advance(MINUTE)

    outbox.sweep()

    assert 1 == len(outbox.queues[Channel.EMAIL, Kind.TRANSACTIONAL].bodies)
    assert [] == outbox.queues[Channel.EMAIL, Kind.MARKETING].bodies


def test_nothing_passes_of_a_channel_that_was_switched_off(parked: Outbox) -> None:
    parked.queues = {key: each for key, each in parked.queues.items() if Channel.TEXT in key}
    parked.clock.advance(MINUTE)
    before = parked.statuses()

    parked.sweep()

    assert before == parked.statuses()
    assert [] == [body for queue in parked.queues.values() for body in queue.bodies]


def test_each_probe_that_fails_doubles_the_wait_up_to_a_quarter_of_an_hour(parked: Outbox) -> None:
    waits = []
    for _ in range(7):
        [circuit] = circuits(parked)
        waits.append((circuit.probe_at - parked.clock.now()) // MINUTE)
        parked.clock.advance(circuit.probe_at - parked.clock.now())
        assert 1 == len(probed(parked))

    assert [1, 2, 4, 8, 15, 15, 15] == waits
    assert {0} == {row["attempts"] for row in parked.database.fetch("SELECT * FROM message_state")}


def test_a_probe_that_goes_through_closes_the_circuit_and_everything_is_sent_once(
    parked: Outbox,
) -> None:
    parked.email = FakeEmailProvider()
    parked.clock.advance(MINUTE)

    probe = probed(parked)
    rest = probed(parked)

    assert (1, 9) == (len(probe), len(rest))
    assert [] == circuits(parked)
    assert {"sent": 10} == parked.statuses()


@pytest.mark.parametrize(
    "answer",
    [Throttled("later"), Unknown("timeout"), Refused("ses/MessageRejected", "", permanent=True)],
    ids=str,
)
def test_a_probe_that_proves_nothing_makes_room_for_another(
    parked: Outbox, answer: Outcome
) -> None:
    parked.email = FakeEmailProvider(answer=lambda _: answer)
    parked.clock.advance(MINUTE)
    first = probed(parked)
    parked.clock.advance(MINUTE)

    second = probed(parked)

    assert 1 == len(circuits(parked))
    assert (1, 1) == (len(set(first)), len(set(second)))
    assert first != second


def test_a_probe_that_is_lost_on_its_way_makes_room_for_another(parked: Outbox) -> None:
    parked.clock.advance(MINUTE)
    parked.sweep()
    [lost] = parked.queues[Channel.EMAIL, Kind.TRANSACTIONAL].bodies
    parked.queues[Channel.EMAIL, Kind.TRANSACTIONAL].bodies.clear()
    parked.clock.advance(MINUTE)
    parked.email = FakeEmailProvider()

    second = probed(parked)

    assert 1 == len(second)
    assert str(second[0]) not in lost
    assert [] == circuits(parked)


def test_what_was_under_way_when_the_circuit_opened_neither_closes_nor_prolongs_it(
    outbox: Outbox,
) -> None:
    first, second = (MessageId(message_id) for message_id in outbox.accept(2))
    opened = Circuits(outbox.database)

    def late(_: OutboundEmail) -> Outcome:
        opened.open(Channel.EMAIL, PAUSED, second, now=NOW)
        return Accepted("ses-1")

    outbox.email = FakeEmailProvider(answer=late)
    outbox.send([first])

    again = opened.open(Channel.EMAIL, PAUSED, first, now=NOW + MINUTE)

    [circuit] = circuits(outbox)
    assert not again
    assert (NOW + MINUTE, 0) == (circuit.probe_at, circuit.failed_probes)


def test_a_fault_that_others_do_not_share_is_the_messages_own(outbox: Outbox) -> None:
    [odd, *others] = outbox.accept(4)
    outbox.email = FakeEmailProvider(
        answer=lambda email: PAUSED if email.message_id == odd else Accepted("ses-1")
    )

    outbox.send([odd, *others])

    assert [] == circuits(outbox)
    assert {"sent": 3, "sending": 1} == outbox.statuses()
    assert 1 == outbox.state(odd)["attempts"]


def test_many_senders_at_once_open_one_circuit_once(outbox: Outbox, database_url: str) -> None:
    outbox.email = FakeEmailProvider(answer=down)
    message_ids = [MessageId(message_id) for message_id in outbox.accept(6)]
    together = Barrier(len(message_ids), timeout=20)

    def open_it(message_id: MessageId) -> bool:
        own = Database(lambda: database_url)
        together.wait()
        is_new = Circuits(own).open(Channel.EMAIL, PAUSED, message_id, now=NOW)
        own.close()
        return is_new

    with ThreadPoolExecutor(len(message_ids)) as senders:
        opened = list(senders.map(open_it, message_ids))

    [circuit] = circuits(outbox)
    assert 1 == sum(opened)
    assert 0 == circuit.failed_probes


def test_a_fault_costs_one_statement_more_and_no_fault_none(
    outbox: Outbox, database_url: str
) -> None:
    outbox.email = FakeEmailProvider(answer=down)
    message_ids = outbox.accept(20)
    counting = CountingDatabase(lambda: database_url)

    outbox.sender(counting).send(SendChunk(Channel.EMAIL, tuple(message_ids)), outbox.deadline())
    counting.close()

    assert 4 == counting.statements


def test_a_stopped_group_ends_behind_an_open_circuit_and_gives_no_probe(
    outbox: Outbox,
) -> None:
    outbox.email = FakeEmailProvider(answer=down)
    group_id = outbox.group()
    message_ids = outbox.accept(3, group_id=group_id)
    outbox.send(message_ids)
    outbox.order(group_id, GroupState.STOPPED)
    outbox.clock.advance(MINUTE)

    done = outbox.sweep()

    assert 0 == done["Probes"]
    assert {"stopped": 3} == outbox.statuses()


def test_a_person_closes_a_circuit_at_once(parked: Outbox) -> None:
    parked.email = FakeEmailProvider()

    closed = [Circuits(parked.database).close(channel) for channel in Channel]

    assert [True, False] == closed
    parked.sweep()
    parked.deliver()
    assert 10 == len(parked.calls())
