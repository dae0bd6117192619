"""Notes when one chunk was held back: by the limiter, or by a provider that said "later"."""

from collections.abc import Iterable

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.outcome import Outcome, Throttled
from message_tracker.core.domain.throttling import Stretch
from message_tracker.sender.clock import at

LEAST = 100_000
"""µs: what waited for less went out at once."""


class Throttling:
    """What held one chunk back.

    Args:
        channel: the chunk's.
    """

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._waits: list[tuple[int, int]] = []
        self._later: list[tuple[int, int]] = []

    def waited(self, since: int, until: int) -> None:
        """Note that messages were ready, and the last of them had its slot then (µs)."""
        if until - since >= LEAST:
            self._waits.append((since, until))

    def answered(self, outcomes: Iterable[Outcome | None], now: int) -> None:
        """Note to how many calls the provider said "later" by now (µs)."""
        if count := sum(isinstance(outcome, Throttled) for outcome in outcomes):
            self._later.append((now, count))

    def stretches(self) -> list[Stretch]:
        """Return all that was noted; what begins at the same time is one."""
        found = {
            since: Stretch(self._channel, at(since), at(until)) for since, until in self._waits
        }
        for now, count in self._later:
            until = found[now].ended_at if now in found else at(now)
            found[now] = Stretch(self._channel, at(now), until, count)
        return [*found.values()]
