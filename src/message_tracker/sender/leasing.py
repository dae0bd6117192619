"""Buys a lease that can be used: waits its turn, out a pause, and looks again before a far start.

Whoever waits holds its messages: they keep their turn, their receive count and their place before
those that are still on the queue, and go on as soon as the limiter lets them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from message_tracker.core.domain.errors import SoldOut, Throttled
from message_tracker.core.domain.slot import MARKETING_HORIZON, REVALIDATED_AFTER, Lease, Terms
from message_tracker.core.ports import RateLimiter
from message_tracker.sender.clock import Clock

# A paused limiter is looked at again after so long, so that it goes on within a second (µs).
_PAUSE_POLL = 500_000

# Behind the horizon: at first a short while on top of the wait, then longer while others are
# before us; with jitter, that not all come back at once (µs).
_FIRST_HOLD = 250_000
_LONGEST_HOLD = 4_000_000

# A lease is looked at again so long before its start: time enough to wait for the answer (µs).
_LOOK_AHEAD = 600_000


@dataclass(frozen=True, slots=True)
class Leasing:
    """How this process waits for its leases.

    `fraction` returns a random number of [0, 1), for the jitter of holding.
    """

    clock: Clock
    fraction: Callable[[], float]

    def lease(
        self,
        limiter: RateLimiter,
        sizes: Sequence[int],
        *,
        is_marketing: bool,
        end_by: int,
    ) -> Lease | None:
        """Return a lease that ends by `end_by` (µs since the epoch), None if there is none.

        Raises `Unavailable` when the limiter cannot be reached.
        """
        terms = Terms(MARKETING_HORIZON if is_marketing else None, end_by)
        holds = 0
        while self.clock.now_us() < end_by:
            self.clock.restart()
            try:
                lease = limiter.reserve(sizes, terms)
            except SoldOut as error:
                if error.wait is None:
                    return None
                wait = self._hold(error.wait, holds)
                holds += 1
            except Throttled:
                wait = _PAUSE_POLL
            else:
                if self._holds_good(limiter, lease):
                    return lease
                continue
            self.clock.sleep_until(min(end_by, self.clock.now_us() + wait))
        return None

    def _hold(self, wait: int, holds: int) -> int:
        longest = min(_LONGEST_HOLD, _FIRST_HOLD << min(holds, 8))
        return max(wait, 1) + round(self.fraction() * longest)

    def _holds_good(self, limiter: RateLimiter, lease: Lease) -> bool:
        """Whether the rate is still what it was, of a lease whose start was far ahead."""
        if lease.start - self.clock.now_us() <= REVALIDATED_AFTER:
            return True
        self.clock.sleep_until(lease.start - _LOOK_AHEAD)
        return limiter.still_valid(lease)
