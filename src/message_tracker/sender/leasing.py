"""Buys a lease that can be used: waits its turn, out a pause, and looks again before its start.

Whoever waits holds its messages: they keep their turn, their receive count and their place before
those that are still on the queue, and go on as soon as the limiter lets them.
"""

from collections.abc import Callable, Sequence

from message_tracker.core.domain.errors import SoldOut, Throttled
from message_tracker.core.domain.slot import LOOK_AHEAD, MARKETING_HORIZON, Lease, Terms
from message_tracker.core.ports import RateLimiter
from message_tracker.sender.clock import Clock

# A paused limiter is looked at again after so long, so that it goes on within a second (µs).
_PAUSE_POLL = 500_000

# Behind the horizon: at first a short while on top of the wait, then longer while others are
# before us; with jitter, that not all come back at once (µs).
_FIRST_HOLD = 250_000
_LONGEST_HOLD = 4_000_000

_MOST = 1000  # messages of a lease


class Leasing:
    """How this process waits for its leases; one at a time.

    Args:
        clock: the limiter's time.
        fraction: returns a random number of [0, 1), for the jitter of holding.
    """

    def __init__(self, clock: Clock, fraction: Callable[[], float]) -> None:
        self.clock = clock
        self._fraction = fraction
        self._most = _MOST

    def lease(
        self,
        limiter: RateLimiter,
        sizes: Sequence[int],
        *,
        is_marketing: bool,
        end_by: int,
    ) -> Lease | None:
        """Return a lease for the first of the messages, None if there is none.

        Args:
            limiter: the channel's.
            sizes: of the messages, in units.
            is_marketing: whether others may overtake them all.
            end_by: µs since the epoch by which the lease has ended.

        Raises:
            Unavailable: the limiter cannot be reached.
        """
        terms = Terms(MARKETING_HORIZON if is_marketing else None, end_by)
        holds = 0
        while self.clock.now_us() < end_by:
            try:
                lease = limiter.reserve(sizes[: self._most], terms)
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

    def learn(self, answers: Sequence[object | None]) -> None:
        """Take in how a lease went, None being a forfeited slot.

        Who fell behind until the last slot leases less, for it wastes what it leases; late slots at
        the beginning only tell that buying took long.
        """
        if answers and answers[-1] is None:
            self._most = max(1, len(answers) // 2)
        else:
            self._most = min(_MOST, self._most * 5 // 4 + 1)

    def _hold(self, wait: int, holds: int) -> int:
        longest = min(_LONGEST_HOLD, _FIRST_HOLD << min(holds, 8))
        return max(wait, 1) + round(self._fraction() * longest)

    def _holds_good(self, limiter: RateLimiter, lease: Lease) -> bool:
        """Whether the rate is still what it was, of a lease that does not start at once."""
        if lease.start - self.clock.now_us() <= LOOK_AHEAD:
            return True
        self.clock.sleep_until(lease.start - LOOK_AHEAD)
        return limiter.still_valid(lease)
