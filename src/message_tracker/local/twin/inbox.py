"""What the twin has accepted, in order, with the figures one wants to see of it."""

import threading
from collections import Counter, deque
from collections.abc import Sequence
from typing import Any, Final

from message_tracker.core.domain.message import MESSAGE_ID_TAG, Channel
from message_tracker.local.twin.accepted import Accepted

_WINDOW_SECONDS: Final = 1.0


class Inbox:
    """Keeps every accepted message in memory until it is emptied. Thread-safe."""

    def __init__(self) -> None:
        self._accepted: list[Accepted] = []
        self._by_id: dict[str, Accepted] = {}
        self._lock = threading.Lock()

    def add(self, message: Accepted) -> None:
        """Keep a message."""
        with self._lock:
            self._accepted.append(message)
            self._by_id[message.provider_message_id] = message

    def messages(self, to: str | None = None) -> Sequence[Accepted]:
        """Return what was accepted, oldest first; `to` keeps those of one exact recipient."""
        with self._lock:
            return [each for each in self._accepted if to is None or to in each.recipients]

    def find(self, provider_message_id: str) -> Accepted | None:
        """Return one message, None when it is not there."""
        with self._lock:
            return self._by_id.get(provider_message_id)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._accepted.clear()
            self._by_id.clear()

    def stats(self) -> dict[str, Any]:
        """Return the figures of `GET /stats`."""
        accepted = sorted(self.messages(), key=lambda each: each.accepted_at)
        ours = Counter(each.message_id for each in accepted if MESSAGE_ID_TAG in each.tags)
        emails = [each for each in accepted if each.channel is Channel.EMAIL]
        texts = [each for each in accepted if each.channel is Channel.TEXT]
        return {
            "accepted": len(accepted),
            "emails": len(emails),
            "texts": len(texts),
            "segments": sum(each.segments for each in texts),
            "distinct_message_ids": len(ours),
            "duplicates": sorted(key for key, calls in ours.items() if calls > 1),
            "emails_per_second": rate([(_seconds(each), 1) for each in emails]),
            "segments_per_second": rate([(_seconds(each), each.segments) for each in texts]),
            "max_segments_in_1s": most_in_a_window([(_seconds(e), e.segments) for e in texts]),
        }


def rate(units_at: Sequence[tuple[float, int]]) -> float:
    """Return units per second between the first time and the last, of times in order.

    The first one's units open the interval and do not count; fewer than two times have no rate: 0.
    """
    if len(units_at) <= 1 or units_at[-1][0] == units_at[0][0]:
        return 0.0
    units = sum(count for _, count in units_at[1:])
    return round(units / (units_at[-1][0] - units_at[0][0]), 3)


def most_in_a_window(units_at: Sequence[tuple[float, int]]) -> int:
    """Return the most units in any window of one second, of times in order."""
    window: deque[tuple[float, int]] = deque()
    inside = most = 0
    for at, units in units_at:
        window.append((at, units))
        inside += units
        while window[0][0] <= at - _WINDOW_SECONDS:
            inside -= window.popleft()[1]
        most = max(most, inside)
    return most


def _seconds(message: Accepted) -> float:
    return message.accepted_at.timestamp()
