"""Sends a chunk: claim, lease, begin, call each message's provider at its slot, record.

No transaction is open while a provider is called, and every crash has one right end: before *begin*
nothing was sent, and whoever sees the messages next takes them; after it the provider may have
them, so nobody begins them again until an event, or the sweeper at its deadline, settles them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import assert_never
from uuid import UUID

from message_tracker.core import observability
from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.errors import InvalidTemplate, Unavailable
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import (
    AttemptId,
    Channel,
    Kind,
    MessageId,
    OutboundEmail,
    OutboundText,
)
from message_tracker.core.domain.outcome import Outcome, Throttled, Unknown
from message_tracker.core.domain.slot import Lease
from message_tracker.core.ports import EmailProvider, RateLimiter, TextProvider
from message_tracker.core.store.dispatch import (
    ClaimedMessage,
    Deferred,
    DispatchStore,
    Settlement,
)
from message_tracker.sender import verdict
from message_tracker.sender.clock import Clock, at, microseconds
from message_tracker.sender.leasing import Leasing
from message_tracker.sender.pacing import Call, Slots, call_at_slots
from message_tracker.sender.rendering import Outbound, render
from message_tracker.sender.tally import (
    count_limiter_unavailable,
    count_outcomes,
    count_settlements,
)

logger = observability.logger("sender")

# µs before the first slot that *begin* is run: late enough for a stop to be seen, early enough for
# the statement to end within the slot's grace.
_BEGIN_AHEAD = 50_000

_RECORD_TRIES = 3
_RECORD_PAUSE = 500_000  # µs


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that may be sent, rendered."""

    message: ClaimedMessage
    outbound: Outbound

    @property
    def message_id(self) -> MessageId:
        """Return the message's id."""
        return self.message.message_id

    @property
    def attempt_id(self) -> AttemptId:
        """Return the id that the call will carry."""
        return self.outbound.attempt_id


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Outcome
    at: datetime


class SendService:
    """Sends chunks of messages.

    Args:
        dispatch: claims, begins and records.
        email: the provider of e-mail.
        text: the provider of SMS.
        limiters: each channel's.
        pool: makes the calls; its size bounds those at a time.
        clock: the limiter's time.
        fraction: returns a random number of [0, 1), for the jitter of later tries.
    """

    def __init__(
        self,
        *,
        dispatch: DispatchStore,
        email: EmailProvider,
        text: TextProvider,
        limiters: Mapping[Channel, RateLimiter],
        pool: Executor,
        clock: Clock,
        fraction: Callable[[], float],
    ) -> None:
        self._dispatch = dispatch
        self._email = email
        self._text = text
        self._limiters = limiters
        self._pool = pool
        self._clock = clock
        self._fraction = fraction
        self._leasing = Leasing(clock, fraction)

    def send(self, chunk: SendChunk, deadline: datetime) -> None:
        """Send what is due of the chunk, and record what came of it.

        Args:
            chunk: names the messages; those another sender has, or has sent, are left alone.
            deadline: the last slot lies before it; what does not fit is due again at once.

        Raises:
            Unavailable: Postgres or the limiter did not answer; the chunk must come again.
        """
        claim_id = new_id()
        claimed = self._dispatch.claim(
            claim_id, chunk.channel, chunk.message_ids, now=self._now(), until=deadline
        )
        ready, settlements = self._prepare(claimed)
        limiter = self._limiters[chunk.channel]
        try:
            while ready:
                taken, settled = self._send_some(claim_id, limiter, ready, deadline)
                ready = ready[taken:]
                settlements += settled
        finally:
            self._record(claim_id, settlements)
            count_settlements(settlements, {message.message_id: message for message in claimed})

    def _prepare(self, claimed: Sequence[ClaimedMessage]) -> tuple[list[Ready], list[Settlement]]:
        now = self._now()
        ready: list[Ready] = []
        settlements: list[Settlement] = []
        for message in claimed:
            match verdict.without_a_call(message, now) or _rendered(message, now):
                case Ready() as one:
                    ready.append(one)
                case settlement:
                    settlements.append(settlement)
        return ready, settlements

    def _send_some(
        self, claim_id: UUID, limiter: RateLimiter, ready: Sequence[Ready], deadline: datetime
    ) -> tuple[int, list[Settlement]]:
        """Send the first messages, as many as one lease covers; return how many, and what came."""
        lease = self._lease(limiter, ready, deadline)
        if lease is None:
            now = self._now()
            return len(ready), [Deferred(one.message_id, None, due_at=now) for one in ready]
        piece = ready[: len(lease.slots)]
        self._clock.sleep_until(lease.start - _BEGIN_AHEAD)
        attempts = {one.message_id: one.attempt_id for one in piece}
        begun = self._dispatch.begin(claim_id, attempts, now=self._now())
        slots = Slots.of(lease, [one.message_id for one in piece])
        chosen = [one for one in piece if one.message_id in begun]
        return len(piece), self._call(chosen, limiter, slots, deadline)

    def _call(
        self,
        begun: Sequence[Ready],
        limiter: RateLimiter,
        slots: Slots | None,
        deadline: datetime,
    ) -> list[Settlement]:
        """Call for every begun message; slots that were forfeited are bought anew while time is."""
        settlements: list[Settlement] = []
        while begun and slots is not None:
            answers = self._answers(begun, slots)
            if any(answer and isinstance(answer.outcome, Throttled) for answer in answers):
                limiter.cool_down()
            settlements += self._settled(begun, answers)
            begun = [one for one, answer in zip(begun, answers, strict=True) if answer is None]
            slots = self._slots_again(limiter, begun, deadline) if begun else None
        now = self._now()
        return settlements + [Deferred(one.message_id, one.attempt_id, now) for one in begun]

    def _answers(self, begun: Sequence[Ready], slots: Slots) -> list[_Answer | None]:
        """Return each message's answer; None where its slot was forfeited, or it had none."""
        calls = [
            Call(slots.at[one.message_id], partial(self._ask, one.outbound), slots.grace)
            for one in begun
            if one.message_id in slots.at
        ]
        answers = call_at_slots(calls, pool=self._pool, clock=self._clock)
        count_outcomes(None if answer is None else answer.outcome for answer in answers)
        self._leasing.learn(answers)
        return answers + [None] * (len(begun) - len(calls))  # it is the last that have no slot

    def _settled(
        self, begun: Sequence[Ready], answers: Sequence[_Answer | None]
    ) -> Iterator[Settlement]:
        for one, answer in zip(begun, answers, strict=True):
            if answer is None:
                continue
            settlement = verdict.of_outcome(
                one.message,
                one.attempt_id,
                answer.outcome,
                now=answer.at,
                fraction=self._fraction(),
            )
            if settlement is not None:
                yield settlement

    def _ask(self, outbound: Outbound) -> _Answer:
        try:
            outcome = self._provider(outbound)
        except Exception as error:  # noqa: BLE001 - whatever it was, the provider may have the message
            logger.warning(
                "a provider's adapter raised: outcome unknown",
                extra={"message_id": str(outbound.message_id), "error": type(error).__name__},
            )
            outcome = Unknown(type(error).__name__)
        return _Answer(outcome, self._now())

    def _provider(self, outbound: Outbound) -> Outcome:
        match outbound:
            case OutboundEmail():
                return self._email.send(outbound)
            case OutboundText():
                return self._text.send(outbound)
            case _:
                assert_never(outbound)

    def _lease(
        self, limiter: RateLimiter, piece: Sequence[Ready], deadline: datetime
    ) -> Lease | None:
        """Buy slots for the piece; None when the limiter is paused or time does not suffice."""
        try:
            return self._leasing.lease(
                limiter,
                [one.message.units for one in piece],
                is_marketing=all(one.message.kind is Kind.MARKETING for one in piece),
                end_by=microseconds(deadline),
            )
        except Unavailable:
            count_limiter_unavailable()
            raise

    def _slots_again(
        self, limiter: RateLimiter, piece: Sequence[Ready], deadline: datetime
    ) -> Slots | None:
        try:
            lease = self._lease(limiter, piece, deadline)
        except Unavailable:
            return None  # what went out must be recorded; the rest waits for another run
        return Slots.of(lease, [one.message_id for one in piece]) if lease else None

    def _record(self, claim_id: UUID, settlements: Sequence[Settlement]) -> None:
        """Record, and try again if Postgres stumbles: what is not recorded stays in doubt."""
        for tries_left in reversed(range(_RECORD_TRIES if settlements else 0)):
            try:
                return self._dispatch.record(claim_id, settlements)
            except Unavailable:
                if not tries_left:
                    raise
                self._clock.sleep_until(self._clock.now_us() + _RECORD_PAUSE)
        return None

    def _now(self) -> datetime:
        return at(self._clock.now_us())


def _rendered(message: ClaimedMessage, now: datetime) -> Ready | Settlement:
    try:
        return Ready(message, render(message, AttemptId(new_id())))
    except InvalidTemplate as error:
        return verdict.of_template(message, error, now)
