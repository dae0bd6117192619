"""Wherever a sender dies, each message has one right end and no unaccounted second call."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.message import Channel, OnUnconfirmed
from message_tracker.core.domain.slot import ANY, Lease, Terms
from message_tracker.core.store.dispatch import ClaimedMessage, DispatchStore
from tests.fakes import FakeRateLimiter
from tests.outbox import EMAIL_DEADLINE, NOW, Outbox


class Crash(BaseException):
    """The process is gone: nothing may catch this."""


class DiesAfterClaim(DispatchStore):
    def claim(self, *args: Any, **kwargs: Any) -> list[ClaimedMessage]:  # noqa: ANN401 - passes all on
        super().claim(*args, **kwargs)
        raise Crash


class DiesAfterBegin(DispatchStore):
    def begin(self, *args: Any, **kwargs: Any) -> frozenset[Any]:  # noqa: ANN401 - passes all on
        super().begin(*args, **kwargs)
        raise Crash

    def record(self, *_args: object) -> None:
        raise Crash


class DiesBeforeRecord(DispatchStore):
    def record(self, *_args: object) -> None:
        raise Crash


class DiesAfterRecord(DispatchStore):
    def record(self, *args: Any) -> None:  # noqa: ANN401 - passes all on
        super().record(*args)
        raise Crash


def crash(outbox: Outbox, store: type[DispatchStore], message_ids: list[UUID]) -> None:
    chunk = SendChunk(Channel.EMAIL, tuple(message_ids))
    with pytest.raises(Crash):
        outbox.sender(store=store).send(chunk, outbox.deadline())


def redeliver_and_sweep(outbox: Outbox, message_ids: list[UUID]) -> Mapping[str, int]:
    """Let SQS deliver the chunk again and the sweeper run past every deadline."""
    outbox.send(message_ids)
    outbox.clock.advance(EMAIL_DEADLINE + timedelta(seconds=1))
    outbox.event(None, "delivered")  # of another message: the events' path is alive
    done = outbox.sweep()
    outbox.send(message_ids)
    return done


@pytest.mark.parametrize("is_redelivered", [True, False], ids=["redelivered", "chunk lost"])
def test_after_a_crash_before_begin_the_message_is_sent_once(
    outbox: Outbox, *, is_redelivered: bool
) -> None:
    message_ids = outbox.accept(3)
    crash(outbox, DiesAfterClaim, message_ids)

    if is_redelivered:
        outbox.send(message_ids)
    outbox.clock.advance(timedelta(minutes=1))
    done = outbox.sweep()
    outbox.send(message_ids)

    assert (0 if is_redelivered else 3) == done["ClaimsExpired"]
    assert sorted(message_ids) == sorted(outbox.calls())
    assert {"sent": 3} == outbox.statuses()


def test_after_a_crash_between_begin_and_the_call_a_held_message_is_never_sent(
    outbox: Outbox,
) -> None:
    message_ids = outbox.accept(2, on_unconfirmed=OnUnconfirmed.HOLD)
    crash(outbox, DiesAfterBegin, message_ids)

    redeliver_and_sweep(outbox, message_ids)

    assert [] == outbox.calls()
    assert {"unconfirmed": 2} == outbox.statuses()


def test_after_a_crash_between_begin_and_the_call_a_retried_message_is_sent_once(
    outbox: Outbox,
) -> None:
    message_ids = outbox.accept(2, on_unconfirmed=OnUnconfirmed.RETRY)
    crash(outbox, DiesAfterBegin, message_ids)

    redeliver_and_sweep(outbox, message_ids)

    assert sorted(message_ids) == sorted(outbox.calls())
    assert {"sent": 2} == outbox.statuses()


@pytest.mark.parametrize("on_unconfirmed", OnUnconfirmed)
def test_after_a_crash_before_the_record_the_event_settles_the_message(
    outbox: Outbox, on_unconfirmed: OnUnconfirmed
) -> None:
    message_ids = outbox.accept(2, on_unconfirmed=on_unconfirmed)
    crash(outbox, DiesBeforeRecord, message_ids)
    for message_id in message_ids:
        outbox.event(message_id, "sent")

    redeliver_and_sweep(outbox, message_ids)

    assert sorted(message_ids) == sorted(outbox.calls())
    assert {"sent": 2} == outbox.statuses()
    assert outbox.dispatch(message_ids[0]) is None


def test_after_a_crash_before_the_record_a_held_message_is_not_sent_again(outbox: Outbox) -> None:
    message_ids = outbox.accept(2, on_unconfirmed=OnUnconfirmed.HOLD)
    crash(outbox, DiesBeforeRecord, message_ids)

    redeliver_and_sweep(outbox, message_ids)

    assert sorted(message_ids) == sorted(outbox.calls())
    assert {"unconfirmed": 2} == outbox.statuses()


def test_after_a_crash_behind_the_record_nothing_is_left_to_do(outbox: Outbox) -> None:
    message_ids = outbox.accept(2)
    crash(outbox, DiesAfterRecord, message_ids)

    redeliver_and_sweep(outbox, message_ids)

    assert sorted(message_ids) == sorted(outbox.calls())
    assert {"sent": 2} == outbox.statuses()


class Stumbling(DispatchStore):
    """Loses the answer to its first two records: the first was committed."""

    stumbles = 2

    def record(self, *args: Any) -> None:  # noqa: ANN401 - passes all on
        if self.stumbles != 1:
            super().record(*args)
        if self.stumbles:
            self.stumbles -= 1
            raise Unavailable("connection lost")


def test_a_record_is_tried_again_and_twice_is_once(outbox: Outbox) -> None:
    [message_id] = outbox.accept()
    chunk = SendChunk(Channel.EMAIL, (message_id,))

    outbox.sender(store=Stumbling).send(chunk, outbox.deadline())

    state = outbox.state(message_id)
    assert ("sent", 1, NOW) == (state["status"], state["attempts"], state["sent_at"])


class Unreachable(DispatchStore):
    def record(self, *_args: object) -> None:
        raise Unavailable("connection lost")


def test_a_record_that_never_succeeds_returns_the_chunk_and_sends_nothing_twice(
    outbox: Outbox,
) -> None:
    [message_id] = outbox.accept()
    with pytest.raises(Unavailable):
        outbox.sender(store=Unreachable).send(
            SendChunk(Channel.EMAIL, (message_id,)), outbox.deadline()
        )

    outbox.send([message_id])

    assert [message_id] == outbox.calls()
    assert "sending" == outbox.status(message_id)


class Straggler(DispatchStore):
    """Records so late that the sweeper has given the message back for another attempt."""

    outbox: Outbox

    def record(self, *args: Any) -> None:  # noqa: ANN401 - passes all on
        if args[1]:
            self.outbox.clock.advance(EMAIL_DEADLINE * 2)
            self.outbox.event(None, "delivered")
            self.outbox.sweep()
        super().record(*args)


def test_an_acceptance_recorded_late_keeps_the_message_from_being_begun_again(
    outbox: Outbox,
) -> None:
    [message_id] = outbox.accept()
    Straggler.outbox = outbox
    chunk = SendChunk(Channel.EMAIL, (message_id,))
    outbox.sender(store=Straggler).send(chunk, outbox.deadline())

    outbox.send([message_id])

    state = outbox.state(message_id)
    assert [message_id] == outbox.calls()
    assert ("sent", "ses-1") == (state["status"], state["provider_message_id"])
    assert outbox.dispatch(message_id) is None


class Overtaken(FakeRateLimiter):
    """While one sender waits for its slots, another one sends the whole chunk."""

    def __init__(self, outbox: Outbox, message_ids: list[UUID]) -> None:
        super().__init__(clock=outbox.clock.now_us)
        self.outbox, self.message_ids, self.is_over = outbox, message_ids, False

    def reserve(self, sizes: Sequence[int], terms: Terms = ANY) -> Lease:
        if not self.is_over:
            self.is_over = True
            self.outbox.send(self.message_ids)
        return super().reserve(sizes, terms)


def test_a_claim_that_was_taken_over_begins_nothing(outbox: Outbox) -> None:
    message_ids = outbox.accept(3)
    outbox.limiter = Overtaken(outbox, message_ids)

    outbox.send(message_ids)

    assert sorted(message_ids) == sorted(outbox.calls())
    assert {"sent": 3} == outbox.statuses()
