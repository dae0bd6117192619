"""The time a sender goes by: that of the limiter's slots, µs since the epoch."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

from message_tracker.core.domain.skew import Skew

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """Tells the time and waits."""

    def now_us(self) -> int:
        """Return the present, as µs since the epoch."""
        ...

    def sleep_until(self, at_us: int) -> None:
        """Return no sooner than `at_us`; at once if that is past."""
        ...


def _wall_us() -> int:
    return time.time_ns() // 1000


def _steady_us() -> int:
    return time.monotonic_ns() // 1000


class SystemClock:
    """This machine's clock, shifted if it is known to be off; safe to share.

    It never goes back when the wall clock is set back, which in the middle of a lease would take
    late slots for present ones: then the steady clock counts. After a freeze it is the wall clock
    that has gone on.

    Args:
        skew: what is known of its error.
        wall: what the machine's clock shows, µs since the epoch.
        steady: µs since whenever; never set.
        sleep: waits so many seconds.
    """

    def __init__(
        self,
        skew: Skew | None = None,
        *,
        wall: Callable[[], int] = _wall_us,
        steady: Callable[[], int] = _steady_us,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._skew = skew or Skew()
        self._wall = wall
        self._steady = steady
        self._sleep = sleep
        self._ahead = wall() - steady()  # of the steady clock

    def now_us(self) -> int:
        """Return the present, as µs since the epoch."""
        return self.shown_us() + self._skew.shift

    def shown_us(self) -> int:
        """Return the present without the shift: what `skew` is about."""
        steady = self._steady()
        self._ahead = max(self._ahead, self._wall() - steady)
        return steady + self._ahead

    def sleep_until(self, at_us: int) -> None:
        """Return no sooner than `at_us`; at once if that is past."""
        while (left := at_us - self.now_us()) > 0:
            self._sleep(left / 1_000_000)


def at(us: int) -> datetime:
    """Return µs since the epoch as a datetime."""
    return _EPOCH + timedelta(microseconds=us)


def microseconds(moment: datetime) -> int:
    """Return an aware datetime as µs since the epoch."""
    return (moment - _EPOCH) // _MICROSECOND
