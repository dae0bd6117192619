"""A sender on a real Postgres: what becomes of the messages of a chunk."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from itertools import pairwise
from uuid import UUID

import psycopg
import pytest

from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.errors import Throttled, Unavailable
from message_tracker.core.domain.message import Channel, GroupState, Kind, OutboundEmail
from message_tracker.core.domain.outcome import Accepted, Outcome, Refused, Unknown
from message_tracker.core.domain.outcome import Throttled as ProviderThrottled
from message_tracker.core.domain.slot import ANY, MARKETING_HORIZON, Lease, Terms
from message_tracker.core.store.database import Database
from tests.fakes import FakeEmailProvider, FakeRateLimiter, FakeTextProvider
from tests.outbox import NOW, CountingDatabase, Outbox, VirtualClock


def test_a_message_is_sent_once_and_leaves_the_dispatch(outbox: Outbox) -> None:
    [message_id] = outbox.accept(text="Hello {{ name }}", data={"name": "<Ada>"})

    outbox.send([message_id])

    [call] = outbox.email.calls
    state = outbox.state(message_id)
    assert ("Person0@example.com", "News") == (call.recipient, call.subject)
    assert ("<p>Hello &lt;Ada&gt;</p>", "Hello <Ada>") == (call.html, call.text)
    assert {"X-Campaign": "7"} == call.headers
    assert ("sent", "ses-1", 1, NOW) == (
        state["status"], state["provider_message_id"], state["attempts"], state["sent_at"],
    )  # fmt: skip
    assert outbox.dispatch(message_id) is None


def test_a_test_message_is_sent_to_the_simulator_whatever_its_recipient(outbox: Outbox) -> None:
    test, real = outbox.accept(2)
    outbox.database.fetch(
        "UPDATE message SET is_test = true WHERE message_id = %(test)s", {"test": test}
    )

    outbox.send([test, real])

    recipients = [call.recipient for call in outbox.email.calls]
    assert ["success@simulator.amazonses.com", "Person1@example.com"] == recipients
    assert {"sent": 2} == outbox.statuses()


def test_a_content_that_is_no_template_is_sent_verbatim(outbox: Outbox) -> None:
    [message_id] = outbox.accept(channel=Channel.TEXT, text="100 {{ percent }}")

    outbox.send([message_id], Channel.TEXT)

    assert ["100 {{ percent }}"] == [call.body for call in outbox.text.calls]


def test_messages_of_the_same_content_all_get_it(outbox: Outbox) -> None:
    message_ids = outbox.accept(5)

    outbox.send(message_ids)

    assert ["<p>Hello</p>"] * 5 == [call.html for call in outbox.email.calls]


def test_every_call_carries_an_attempt_of_its_own(outbox: Outbox) -> None:
    outbox.send(outbox.accept(3))

    assert 3 == len({call.attempt_id for call in outbox.email.calls})


def test_a_doubled_chunk_sends_nothing_more(outbox: Outbox) -> None:
    message_ids = outbox.accept(3)
    outbox.send(message_ids)

    outbox.send(message_ids)

    assert 3 == len(outbox.calls())


def test_messages_of_another_channel_are_left_alone(outbox: Outbox) -> None:
    [message_id] = outbox.accept(channel=Channel.TEXT)

    outbox.send([message_id], Channel.EMAIL)

    assert [] == outbox.calls()
    assert "queued" == outbox.status(message_id)


def test_concurrent_senders_of_the_same_chunk_send_each_message_once(
    outbox: Outbox, database_url: str
) -> None:
    message_ids = outbox.accept(40)
    chunk = SendChunk(Channel.EMAIL, tuple(message_ids))

    def send(_: int) -> None:
        own = Database(lambda: database_url)
        with ThreadPoolExecutor(4) as pool:
            outbox.sender(own, pool=pool).send(chunk, outbox.deadline())
        own.close()

    with ThreadPoolExecutor(8) as senders:
        list(senders.map(send, range(8)))

    assert sorted(message_ids) == sorted(outbox.calls())
    assert {"sent": 40} == outbox.statuses()


def test_overlapping_chunks_in_other_orders_neither_deadlock_nor_double(
    outbox: Outbox, database_url: str
) -> None:
    message_ids = outbox.accept(60)
    chunks = [message_ids, message_ids[::-1], message_ids[20:] + message_ids[:20]] * 3

    def send(ids: list[UUID]) -> None:
        own = Database(lambda: database_url)
        outbox.sender(own).send(SendChunk(Channel.EMAIL, tuple(ids)), outbox.deadline())
        own.close()

    with ThreadPoolExecutor(9) as senders:
        list(senders.map(send, chunks))

    assert sorted(message_ids) == sorted(outbox.calls())


@pytest.mark.parametrize("count", [1, 45, 700])
def test_a_chunk_costs_three_statements_whatever_its_size(
    outbox: Outbox, database_url: str, count: int
) -> None:
    message_ids = outbox.accept(count)
    counting = CountingDatabase(lambda: database_url)

    outbox.sender(counting).send(SendChunk(Channel.EMAIL, tuple(message_ids)), outbox.deadline())
    counting.close()

    assert 3 == counting.statements
    assert {"sent": count} == outbox.statuses()


def test_no_transaction_is_open_during_a_call(outbox: Outbox, database_url: str) -> None:
    states: list[str] = []

    def look(_: OutboundEmail) -> Outcome:
        with psycopg.connect(database_url, application_name="onlooker") as connection:
            rows = connection.execute(
                "SELECT state FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'message-tracker'"
            ).fetchall()
        states.extend(row[0] for row in rows)
        return Accepted("ses-1")

    outbox.email = FakeEmailProvider(answer=look)

    outbox.send(outbox.accept(3))

    assert {"idle"} == set(states)


@pytest.mark.parametrize(
    ("state", "status"), [("stopped", "stopped"), ("paused", "queued")], ids=str
)
def test_what_is_stopped_or_paused_before_the_claim_is_not_sent(
    outbox: Outbox, state: str, status: str
) -> None:
    [message_id] = outbox.accept(group_id=outbox.group(state))

    outbox.send([message_id])

    assert [] == outbox.calls()
    assert status == outbox.status(message_id)


class Interrupted(FakeRateLimiter):
    """Does something between the claim and the beginning."""

    def __init__(self, outbox: Outbox, group_id: UUID, state: GroupState) -> None:
        super().__init__(clock=outbox.clock.now_us)
        self._change = partial(outbox.order, group_id, state)

    def reserve(self, sizes: Sequence[int], terms: Terms = ANY) -> Lease:
        self._change()
        return super().reserve(sizes, terms)


class PausedFor(FakeRateLimiter):
    """Is paused for so long."""

    def __init__(self, duration: timedelta, clock: VirtualClock) -> None:
        super().__init__(clock=clock.now_us)
        self._virtual, self._until = clock, clock.now() + duration

    def reserve(self, sizes: Sequence[int], terms: Terms = ANY) -> Lease:
        if self._virtual.now() < self._until:
            raise Throttled("paused")
        return super().reserve(sizes, terms)


def test_a_stop_after_the_claim_is_seen_by_begin(outbox: Outbox) -> None:
    group_id = outbox.group()
    message_ids = outbox.accept(2, group_id=group_id)
    outbox.limiter = Interrupted(outbox, group_id, GroupState.STOPPED)

    outbox.send(message_ids)

    assert [] == outbox.calls()
    assert {"stopped": 2} == outbox.statuses()
    assert outbox.dispatch(message_ids[0]) is None


def test_a_pause_after_the_claim_is_seen_by_begin_and_ends_with_the_sweeper(
    outbox: Outbox,
) -> None:
    group_id = outbox.group()
    [message_id] = outbox.accept(group_id=group_id)
    outbox.limiter = Interrupted(outbox, group_id, GroupState.PAUSED)
    outbox.send([message_id])
    paused = outbox.sweep()["Enqueued"]
    outbox.order(group_id, GroupState.ACTIVE)

    active = outbox.sweep()["Enqueued"]

    assert [] == outbox.calls()
    assert (0, 1) == (paused, active)


def test_a_suppressed_recipient_is_not_called_whatever_the_case_of_the_address(
    outbox: Outbox,
) -> None:
    message_ids = outbox.accept(2)
    outbox.database.fetch(
        "INSERT INTO suppression (channel, address, reason)"
        " VALUES ('email', 'person1@example.com', 'COMPLAINT')"
    )

    outbox.send(message_ids)

    state = outbox.state(message_ids[1])
    assert [message_ids[0]] == outbox.calls()
    assert ("suppressed", "suppression/COMPLAINT", 0) == (
        state["status"], state["cause"], state["attempts"],
    )  # fmt: skip
    assert NOW == state["failed_at"]


def test_what_has_expired_is_not_sent(outbox: Outbox) -> None:
    [message_id] = outbox.accept(ttl=timedelta(minutes=5))
    outbox.clock.advance(timedelta(minutes=5))

    outbox.send([message_id])

    state = outbox.state(message_id)
    assert [] == outbox.calls()
    assert ("expired", "sender/Expired") == (state["status"], state["cause"])


def test_what_is_not_due_waits(outbox: Outbox) -> None:
    [message_id] = outbox.accept(due_in=timedelta(hours=1))

    outbox.send([message_id])

    assert [] == outbox.calls()
    assert "scheduled" == outbox.status(message_id)


def test_a_content_that_does_not_fill_fails_alone(outbox: Outbox) -> None:
    [bad] = outbox.accept(text="{{ nobody }}", data={})
    [good] = outbox.accept()

    outbox.send([bad, good])

    state = outbox.state(bad)
    assert [good] == outbox.calls()
    assert ("failed", "sender/InvalidTemplate") == (state["status"], state["cause"])
    assert "nobody" in state["cause_detail"]


def test_a_permanent_refusal_fails_with_the_provider_s_words(outbox: Outbox) -> None:
    refused = Refused("ses/MessageRejected", "no\0: \ud800", permanent=True)
    outbox.email = FakeEmailProvider([refused])
    [message_id] = outbox.accept()

    outbox.send([message_id])

    state = outbox.state(message_id)
    assert ("failed", "ses/MessageRejected", "no\ufffd: ?") == (
        state["status"], state["cause"], state["cause_detail"],
    )  # fmt: skip
    assert outbox.dispatch(message_id) is None


def test_a_transient_refusal_is_tried_five_times_and_then_failed(outbox: Outbox) -> None:
    later = Refused("transport/EndpointConnectionError", "no route", permanent=False)
    outbox.email = FakeEmailProvider([later] * 5)
    [message_id] = outbox.accept()

    for _ in range(6):
        outbox.send([message_id])
        outbox.clock.advance(timedelta(minutes=15))

    assert 5 == len(outbox.calls())
    assert ("failed", 5) == (outbox.status(message_id), outbox.state(message_id)["attempts"])


def test_a_throttled_message_is_called_again_within_the_same_run(outbox: Outbox) -> None:
    outbox.email = FakeEmailProvider([ProviderThrottled("rate exceeded")] * 2)
    message_ids = outbox.accept(3)

    outbox.send(message_ids)

    assert 5 == len(outbox.calls())
    assert {"sent": 3} == outbox.statuses()
    assert {1} == {outbox.state(message_id)["attempts"] for message_id in message_ids}


def test_before_each_further_call_throttled_messages_wait_longer(outbox: Outbox) -> None:
    called_at: list[timedelta] = []

    def throttle(_: OutboundEmail) -> Outcome:
        called_at.append(outbox.clock.now() - NOW)
        return ProviderThrottled("rate exceeded")

    outbox.email = FakeEmailProvider(answer=throttle)

    outbox.send(outbox.accept())

    waits = [later - earlier for earlier, later in pairwise(called_at)]
    assert [timedelta(seconds=n * 1.5) for n in (1, 2, 4, 8)] == waits


def test_what_stays_throttled_costs_no_attempt_and_waits_for_the_sweeper(outbox: Outbox) -> None:
    outbox.email = FakeEmailProvider([ProviderThrottled("rate exceeded")] * 100)
    [message_id] = outbox.accept()

    for _ in range(21):
        outbox.send([message_id])
        outbox.send([message_id])  # not due yet
        outbox.clock.advance(timedelta(minutes=1))

    state = outbox.state(message_id)
    assert 101 == len(outbox.calls())
    assert ("sent", 1) == (state["status"], state["attempts"])


@pytest.mark.parametrize("answer", [Unknown("timeout"), ValueError("a bug")], ids=str)
def test_an_unknown_outcome_is_left_begun_and_never_begun_again(
    outbox: Outbox, answer: Outcome | Exception
) -> None:
    outbox.email = FakeEmailProvider([answer])
    [message_id] = outbox.accept()
    outbox.send([message_id])

    outbox.send([message_id])

    dispatch = outbox.dispatch(message_id)
    assert [message_id] == outbox.calls()
    assert "sending" == outbox.status(message_id)
    assert dispatch is not None
    assert NOW == dispatch["begun_at"]


def test_a_paused_limiter_defers_the_chunk_without_a_call_or_an_error(outbox: Outbox) -> None:
    outbox.limiter = FakeRateLimiter(error=Throttled("paused"))
    [message_id] = outbox.accept()

    outbox.send([message_id])

    assert [] == outbox.calls()
    assert 1 == outbox.sweep()["Enqueued"]


def test_a_chunk_holds_while_the_limiter_is_paused_and_goes_on_within_a_second(
    outbox: Outbox,
) -> None:
    limiter = PausedFor(timedelta(seconds=20), outbox.clock)
    outbox.limiter = limiter
    [message_id] = outbox.accept()

    outbox.send([message_id])

    assert [message_id] == outbox.calls()
    assert NOW + timedelta(seconds=20) <= outbox.clock.now() <= NOW + timedelta(seconds=21)


@pytest.mark.parametrize(
    ("kinds", "horizon"),
    [
        ([Kind.MARKETING], MARKETING_HORIZON),
        ([Kind.TRANSACTIONAL], None),
        ([Kind.MARKETING, Kind.TRANSACTIONAL], None),
    ],
)
def test_only_what_is_all_marketing_looks_less_far(
    outbox: Outbox, kinds: list[Kind], horizon: int | None
) -> None:
    message_ids = [message_id for kind in kinds for message_id in outbox.accept(kind=kind)]

    outbox.send(message_ids)

    assert outbox.limiter is not None
    assert [horizon] == [terms.horizon for terms in outbox.limiter.terms]


def test_a_provider_that_throttles_is_left_to_cool_down_once_a_lease(outbox: Outbox) -> None:
    outbox.email = FakeEmailProvider([ProviderThrottled("slow down")] * 2)

    outbox.send(outbox.accept(3))

    assert outbox.limiter is not None
    assert 1 == outbox.limiter.cool_downs


def test_without_the_limiter_nothing_is_sent_and_the_chunk_returns(outbox: Outbox) -> None:
    outbox.limiter = FakeRateLimiter(error=Unavailable("no answer"), clock=outbox.clock.now_us)
    [message_id] = outbox.accept()
    with pytest.raises(Unavailable):
        outbox.send([message_id])
    outbox.limiter.error = None

    outbox.send([message_id])

    assert [message_id] == outbox.calls()
    assert "sent" == outbox.status(message_id)


def test_a_forfeited_slot_is_bought_anew(outbox: Outbox) -> None:
    def dawdle(_: OutboundEmail) -> Outcome:
        outbox.clock.advance(timedelta(milliseconds=300))
        return Accepted("ses-1")

    outbox.email = FakeEmailProvider(answer=dawdle)
    outbox.limiter = FakeRateLimiter(rate=14_000, clock=outbox.clock.now_us)
    message_ids = outbox.accept(6)
    chunk = SendChunk(Channel.EMAIL, tuple(message_ids))

    outbox.sender().send(chunk, outbox.deadline())

    assert sorted(message_ids) == sorted(outbox.calls())
    assert {"sent": 6} == outbox.statuses()
    assert len(outbox.limiter.sizes[1]) < 6


def test_what_was_sent_is_recorded_even_if_no_further_slot_can_be_bought(outbox: Outbox) -> None:
    limiter = FakeRateLimiter(clock=outbox.clock.now_us)

    def dawdle(_: OutboundEmail) -> Outcome:
        outbox.clock.advance(timedelta(seconds=1))
        limiter.error = Unavailable("no answer")
        return Accepted("ses-1")

    outbox.limiter, outbox.email = limiter, FakeEmailProvider(answer=dawdle)

    outbox.send(outbox.accept(3))

    assert 1 == len(outbox.calls())
    assert {"sent": 1, "sending": 2} == outbox.statuses()
    assert 2 == outbox.sweep()["Enqueued"]


def test_what_the_time_does_not_suffice_for_is_due_again_at_once(outbox: Outbox) -> None:
    outbox.limiter = FakeRateLimiter(rate=10_000, clock=outbox.clock.now_us)
    message_ids = outbox.accept(30)
    service = outbox.sender()
    deadline = outbox.clock.now() + timedelta(seconds=2, milliseconds=500)

    service.send(SendChunk(Channel.EMAIL, tuple(message_ids)), deadline)

    assert 20 == len(outbox.calls())
    assert {"sent": 20, "queued": 10} == outbox.statuses()
    assert 10 == outbox.sweep()["Enqueued"]


def test_a_lost_slot_at_the_end_of_the_time_costs_no_attempt(outbox: Outbox) -> None:
    def dawdle(_: OutboundEmail) -> Outcome:
        outbox.clock.advance(timedelta(minutes=1))
        return Accepted("ses-1")

    outbox.email = FakeEmailProvider(answer=dawdle)
    message_ids = outbox.accept(2)
    chunk = SendChunk(Channel.EMAIL, tuple(message_ids))

    outbox.sender().send(chunk, outbox.deadline())

    [called] = outbox.calls()
    [lost] = set(message_ids) - {called}
    dispatch = outbox.dispatch(lost)
    assert dispatch is not None
    assert (0, None, None) == (
        dispatch["attempts"], dispatch["begun_at"], dispatch["enqueued_at"],
    )  # fmt: skip


def test_a_text_costs_its_segments_at_the_limiter(outbox: Outbox) -> None:
    outbox.text = FakeTextProvider()
    message_ids = outbox.accept(4, channel=Channel.TEXT, units=3)

    outbox.send(message_ids, Channel.TEXT)

    assert outbox.limiter is not None
    assert [[3, 3, 3, 3]] == outbox.limiter.sizes


def test_an_event_that_comes_before_the_record_has_the_last_word(outbox: Outbox) -> None:
    def deliver(email: OutboundEmail) -> Outcome:
        outbox.event(email.message_id, "delivered")
        return Refused("ses/MessageRejected", "it lies", permanent=True)

    outbox.email = FakeEmailProvider(answer=deliver)
    [message_id] = outbox.accept()

    outbox.send([message_id])

    state = outbox.state(message_id)
    assert ("delivered", None, None) == (state["status"], state["cause"], state["failed_at"])
    assert outbox.dispatch(message_id) is None


def test_a_message_that_an_event_proved_sent_is_not_begun_again(outbox: Outbox) -> None:
    outbox.email = FakeEmailProvider([Refused("ses/Unheard", "later", permanent=False)])
    [message_id] = outbox.accept()
    outbox.send([message_id])
    outbox.event(message_id, "delivered")
    outbox.clock.advance(timedelta(minutes=2))

    outbox.send([message_id])

    assert [message_id] == outbox.calls()
    assert "delivered" == outbox.status(message_id)
    assert outbox.dispatch(message_id) is None
