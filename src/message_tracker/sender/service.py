"""Sends a chunk: claim, lease, begin, call each message's provider at its slot, record.

No transaction is open while a provider is called, and every crash has one right end: before *begin*
nothing was sent, and whoever sees the messages next takes them; after it the provider may have
them, so nobody begins them again until an event, or the sweeper at its deadline, settles them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import assert_never
from uuid import UUID

from message_tracker.core import observability
from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import (
    Channel,
    Kind,
    OutboundEmail,
    OutboundText,
)
from message_tracker.core.domain.outcome import Outcome, Throttled, Unknown
from message_tracker.core.domain.slot import Lease
from message_tracker.core.ports import EmailProvider, RateLimiter, TextProvider
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.dispatch import (
    Deferred,
    DispatchStore,
    Settlement,
)
from message_tracker.sender import verdict
from message_tracker.sender.breaker import Breaker
from message_tracker.sender.clock import Clock, at, microseconds
from message_tracker.sender.leasing import Leasing
from message_tracker.sender.mailing import Mailing
from message_tracker.sender.pacing import Call, Slots, call_at_slots
from message_tracker.sender.preparation import Ready, prepare
from message_tracker.sender.rendering import Outbound
from message_tracker.sender.tally import (
    count_limiter_unavailable,
    count_outcomes,
    count_settlements,
)
from message_tracker.sender.throttling import Throttling

logger = observability.logger("sender")

# µs before the first slot that *begin* is run: late enough for a stop to be seen, early enough for
# the statement to end within the slot's grace.
_BEGIN_AHEAD = 50_000

_RECORD_TRIES = 3
_RECORD_PAUSE = 500_000  # µs


@dataclass(frozen=True, slots=True)
class _Answer:
    outcome: Outcome
    at: datetime


_Asked = tuple[Ready, _Answer | None]  # None: the slot was forfeited, no call made


@dataclass(frozen=True, slots=True)
class _Run:
    """What holds for one chunk."""

    claim_id: UUID
    limiter: RateLimiter
    deadline: datetime
    breaker: Breaker
    throttling: Throttling


class SendService:
    """Sends chunks of messages.

    Args:
        dispatch: claims, begins and records.
        circuits: which channels are sound.
        email: the provider of e-mail.
        text: the provider of SMS.
        limiters: each channel's.
        pool: makes the calls; its size bounds those at a time.
        clock: the limiter's time.
        fraction: returns a random number of [0, 1), for the jitter of later tries.
        mailing: what is added to mail; None where recipients cannot reach the API.
    """

    def __init__(  # noqa: PLR0913 - everything that a sender talks to
        self,
        *,
        dispatch: DispatchStore,
        circuits: Circuits,
        email: EmailProvider,
        text: TextProvider,
        limiters: Mapping[Channel, RateLimiter],
        pool: Executor,
        clock: Clock,
        fraction: Callable[[], float],
        mailing: Mailing | None = None,
    ) -> None:
        self._dispatch = dispatch
        self._circuits = circuits
        self._email = email
        self._text = text
        self._limiters = limiters
        self._pool = pool
        self._clock = clock
        self._fraction = fraction
        self._mailing = mailing
        self._leasing = Leasing(clock, fraction)

    def send(self, chunk: SendChunk, deadline: datetime) -> None:
        """Send what is due of the chunk, and record what came of it.

        Args:
            chunk: names the messages; those another sender has, or has sent, are left alone.
            deadline: the last slot lies before it; what does not fit is due again at once.

        Raises:
            Unavailable: Postgres or the limiter did not answer; the chunk must come again.
        """
        channel = chunk.channel
        run = _Run(
            new_id(),
            self._limiters[channel],
            deadline,
            Breaker(self._circuits, channel),
            Throttling(channel),
        )
        claimed = self._dispatch.claim(
            run.claim_id, channel, chunk.message_ids, now=self._now(), until=deadline
        )
        ready, settlements = prepare(claimed, self._now(), self._mailing)
        try:
            while ready:
                taken, settled = self._send_some(run, ready)
                ready = ready[taken:]
                settlements += settled
        finally:
            self._record(run, settlements)
            count_settlements(settlements, {message.message_id: message for message in claimed})
            run.breaker.report(self._now())

    def _send_some(self, run: _Run, ready: Sequence[Ready]) -> tuple[int, list[Settlement]]:
        """Send the first messages, as many as one lease covers; return how many, and what came."""
        asked_at = self._clock.now_us()
        lease = None if run.breaker.is_tripped else self._lease(run, ready, asked_at)
        if lease is None:
            now = self._now()
            return len(ready), [Deferred(one.message_id, None, due_at=now) for one in ready]
        piece = ready[: len(lease.slots)]
        self._clock.sleep_until(lease.start - _BEGIN_AHEAD)
        attempts = {one.message_id: one.attempt_id for one in piece}
        begun = self._dispatch.begin(run.claim_id, attempts, now=self._now())
        slots = Slots.of(lease, [one.message_id for one in piece])
        return len(piece), self._call(run, [one for one in piece if one.message_id in begun], slots)

    def _call(self, run: _Run, begun: Sequence[Ready], slots: Slots | None) -> list[Settlement]:
        """Call for every begun message; again, while time is, where no slot or "later" was had."""
        settlements: list[Settlement] = []
        waiting: list[_Asked] = [(one, None) for one in begun]
        rounds = 0
        while waiting and slots is not None:
            asked = self._ask_all(run, [one for one, _ in waiting], slots)
            waiting = [each for each in asked if _must_wait(each[1])]
            settlements += self._settled(each for each in asked if not _must_wait(each[1]))
            slots = self._slots_again(run, waiting, rounds)
            rounds += 1
        return settlements + list(self._settled(waiting))

    def _ask_all(self, run: _Run, begun: Sequence[Ready], slots: Slots) -> list[_Asked]:
        """Return each message with its answer; None where it had no slot, or forfeited it."""
        calls = [
            Call(slots.at[one.message_id], partial(self._ask, one.outbound), slots.grace)
            for one in begun
            if one.message_id in slots.at
        ]
        answers = call_at_slots(calls, pool=self._pool, clock=self._clock)
        self._leasing.learn(answers)
        answers += [None] * (len(begun) - len(calls))  # it is the last that have no slot
        outcomes = run.breaker.judge(
            [one.message for one in begun],
            [None if answer is None else answer.outcome for answer in answers],
        )
        count_outcomes(outcomes)
        run.throttling.answered(outcomes, self._clock.now_us())
        return [
            (one, None if answer is None or outcome is None else _Answer(outcome, answer.at))
            for one, answer, outcome in zip(begun, answers, outcomes, strict=True)
        ]

    def _settled(self, asked: Iterable[_Asked]) -> Iterator[Settlement]:
        for one, answer in asked:
            if answer is None:
                yield Deferred(one.message_id, one.attempt_id, due_at=self._now())
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
            observability.tell(error)
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

    def _lease(self, run: _Run, piece: Sequence[Ready], asked_at: int) -> Lease | None:
        """Buy slots for the first of the piece, which wait since then; None for want of time."""
        try:
            lease = self._leasing.lease(
                run.limiter,
                [one.message.units for one in piece],
                is_marketing=all(one.message.kind is Kind.MARKETING for one in piece),
                end_by=microseconds(run.deadline),
            )
        except Unavailable:
            count_limiter_unavailable()
            raise
        run.throttling.waited(asked_at, lease.slots[-1] if lease else self._clock.now_us())
        return lease

    def _slots_again(self, run: _Run, waiting: Sequence[_Asked], rounds: int) -> Slots | None:
        """Buy slots anew for those that had none, or were told "later": then after a while."""
        if not waiting or run.breaker.is_tripped:
            return None
        asked_at = self._clock.now_us()
        if any(answer is not None for _, answer in waiting):
            run.limiter.cool_down()
            wait = verdict.cool_down(rounds, self._fraction())
            if self._now() + wait >= run.deadline:
                return None
            self._clock.sleep_until(microseconds(self._now() + wait))
        piece = [one for one, _ in waiting]
        try:
            lease = self._lease(run, piece, asked_at)
        except Unavailable:
            return None  # what went out must be recorded; the rest waits for another run
        return Slots.of(lease, [one.message_id for one in piece]) if lease else None

    def _record(self, run: _Run, settlements: Sequence[Settlement]) -> None:
        """Record, and try again if Postgres stumbles: what is not recorded stays in doubt."""
        for tries_left in reversed(range(_RECORD_TRIES if settlements else 0)):
            try:
                return self._dispatch.record(run.claim_id, settlements, run.throttling.stretches())
            except Unavailable:
                if not tries_left:
                    raise
                self._clock.sleep_until(self._clock.now_us() + _RECORD_PAUSE)
        return None

    def _now(self) -> datetime:
        return at(self._clock.now_us())


def _must_wait(answer: _Answer | None) -> bool:
    return answer is None or isinstance(answer.outcome, Throttled)
