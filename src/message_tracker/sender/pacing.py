"""Makes each call at its slot, and none that would be late.

A slot is a right to send at a time, not a token: a call that cannot start within the grace of its
slot is forfeited, whatever the reason (a busy pool, a frozen process). Only so does the limiter's
guarantee hold. The thread of the pool looks at the clock itself, right before the call.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Generic, TypeVar

from message_tracker.core.domain.slot import Lease, is_late
from message_tracker.sender.clock import Clock

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Call(Generic[Answer]):
    """A call to make once; `units` is what it costs of the lease."""

    units: int
    make: Callable[[], Answer]


def call_at_slots(
    calls: Sequence[Call[Answer]], lease: Lease, *, pool: Executor, clock: Clock
) -> list[Answer | None]:
    """Make the calls at the slots of the lease and return their answers, in order.

    None is a forfeited slot: that call was not made. What a call raises is raised here, after all
    others have ended.
    """
    futures = list(_submit(calls, lease, pool, clock))
    return [future.result() for future in futures]


def _submit(
    calls: Sequence[Call[Answer]], lease: Lease, pool: Executor, clock: Clock
) -> Iterable[Future[Answer | None]]:
    slots = lease.slots(call.units for call in calls)
    for call, slot in zip(calls, slots, strict=True):
        clock.sleep_until(slot)
        yield pool.submit(_call_unless_late, call, slot, clock)


def _call_unless_late(call: Call[Answer], slot: int, clock: Clock) -> Answer | None:
    return None if is_late(slot, clock.now_us()) else call.make()
