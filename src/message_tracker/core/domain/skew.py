"""How far this machine's clock is off, by the `Date` of answers (RFC 9110, section 6.6.1).

A server that stamps second D does so at a true time in [D, D + 1 s), which this machine's clock
shows between sending the request and having the answer. So its error lies in an interval; several
answers narrow it. A clock that may be right is left alone, another is shifted by the least that
makes it possible.
"""

from threading import Lock

_SECOND = 1_000_000
_DRIFT = 10_000  # an undisciplined clock may drift by 1 µs in so many (100 ppm)
_UNKNOWN = 2**62


class Skew:
    """What is known of one machine's clock; safe to share. All times are µs since the epoch."""

    def __init__(self) -> None:
        self._low, self._high = -_UNKNOWN, _UNKNOWN
        self._learned_at: int | None = None
        self._lock = Lock()

    @property
    def shift(self) -> int:
        """The µs to add to what the clock shows; 0 when it may be right."""
        with self._lock:
            return max(self._low, min(0, self._high))

    def learn(self, date: int, sent: int, received: int) -> None:
        """Take in one answer.

        Args:
            date: what the server stamped, in whole seconds (µs since the epoch).
            sent: what this machine's clock showed before the request was sent.
            received: what it showed after the answer came.
        """
        if received < sent:
            return  # the clock was set in between
        low, high = date - received, date + _SECOND - sent
        with self._lock:
            aged = 0 if self._learned_at is None else (received - self._learned_at) // _DRIFT
            self._learned_at = received
            narrow = max(low, self._low - max(0, aged)), min(high, self._high + max(0, aged))
            # An empty interval says that the clock was set since: only the last answer counts.
            self._low, self._high = narrow if narrow[0] <= narrow[1] else (low, high)
