"""The arithmetic of the Slot limiter: time is sold, not tokens. Integer microseconds throughout."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

GRACE = 100_000
"""µs a send may start after its slot; later than that the slot is forfeited."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A stretch of the fleet's one timeline, sold to one sender.

    `start` is µs since the epoch; `units` are segments (or e-mails); `rate` is milli-units/s.
    """

    start: int
    units: int
    rate: int

    def slots(self, sizes: Iterable[int]) -> Iterator[int]:
        """Yield when each message of these sizes may go, one after the other."""
        slot = self.start
        for size in sizes:
            yield slot
            slot += cost(size, self.rate)


def cost(units: int, rate: int) -> int:
    """Return the µs of the timeline that `units` take at `rate` milli-units/s, rounded up."""
    return -(-units * 1_000_000_000 // rate)


def is_late(slot: int, now: int) -> bool:
    """Whether a send that would start now has forfeited its slot."""
    return now > slot + GRACE
