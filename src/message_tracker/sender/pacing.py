"""Makes each call at its slot, and none that would be late.

A slot is a right to send at a time, not a token: a call that cannot start within the grace of its
slot is forfeited, whatever the reason (a busy pool, a frozen process). Only so does the limiter's
guarantee hold. The thread of the pool looks at the clock itself, right before the call.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Generic, Self, TypeVar

from message_tracker.core.domain.message import MessageId
from message_tracker.core.domain.pace import GRACE
from message_tracker.core.domain.slot import Lease, is_late
from message_tracker.sender.clock import Clock

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """A call to make once, at its slot (µs since the epoch) or at most `grace` µs after it."""

    slot: int
    make: Callable[[], Answer]
    grace: int = GRACE


@dataclass(frozen=True, slots=True)
class Slots:
    """When each message of a lease may go (µs since the epoch), and how much later (µs)."""

    at: Mapping[MessageId, int]
    grace: int

    @classmethod
    def of(cls, lease: Lease, message_ids: Iterable[MessageId]) -> Self:
        """Return the slots of the messages the lease was bought for; the last may have none."""
        return cls(dict(zip(message_ids, lease.slots, strict=False)), lease.grace)


def call_at_slots(
    calls: Sequence[Call[Answer]], *, pool: Executor, clock: Clock
) -> list[Answer | None]:
    """Make the calls at their slots, which ascend, and return their answers, in order.

    None is a forfeited slot: that call was not made. What a call raises is raised here, after all
    others have ended.
    """
    futures = list(_submit(calls, pool, clock))
    return [future.result() for future in futures]


def _submit(
    calls: Sequence[Call[Answer]], pool: Executor, clock: Clock
) -> Iterable[Future[Answer | None]]:
    for call in calls:
        clock.sleep_until(call.slot)
        yield pool.submit(_call_unless_late, call, clock)


def _call_unless_late(call: Call[Answer], clock: Clock) -> Answer | None:
    return None if is_late(call.slot, clock.now_us(), call.grace) else call.make()
