"""The time a sender goes by: that of the limiter's slots, µs since the epoch."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

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


class SystemClock:
    """This machine's clock."""

    def now_us(self) -> int:
        """Return the present, as µs since the epoch."""
        return time.time_ns() // 1000

    def sleep_until(self, at_us: int) -> None:
        """Return no sooner than `at_us`; at once if that is past."""
        while (left := at_us - self.now_us()) > 0:
            time.sleep(left / 1_000_000)


def at(us: int) -> datetime:
    """Return µs since the epoch as a datetime."""
    return _EPOCH + timedelta(microseconds=us)


def microseconds(moment: datetime) -> int:
    """Return an aware datetime as µs since the epoch."""
    return (moment - _EPOCH) // _MICROSECOND
