"""Things that are to happen later, each at its time, on one thread."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_STOP_SECONDS: Final = 5.0


class Timeline(Generic[T]):
    """Calls `happen(item)` when an item is due; what is not due when it stops never happens."""

    def __init__(self, happen: Callable[[T], None]) -> None:
        self._happen = happen
        self._due: list[tuple[float, int, T]] = []
        self._order = itertools.count()
        self._changed = threading.Condition()
        self._is_running = False
        self._in_hand = 0
        self._thread = threading.Thread(target=self._run, name="twin-timeline", daemon=True)

    def start(self) -> None:
        """Begin to let things happen."""
        self._is_running = True
        self._thread.start()

    def stop(self) -> None:
        """Let nothing more happen; returns when the last one has."""
        with self._changed:
            self._is_running = False
            self._changed.notify()
        self._thread.join(_STOP_SECONDS)

    def schedule(self, after_seconds: float, item: T) -> None:
        """Let `item` happen `after_seconds` from now."""
        entry = (time.monotonic() + after_seconds, next(self._order), item)
        with self._changed:
            heapq.heappush(self._due, entry)
            if self._due[0] is entry:
                self._changed.notify()

    def pending(self) -> int:
        """Return how many have not happened yet."""
        with self._changed:
            return len(self._due) + self._in_hand

    def _run(self) -> None:
        while (item := self._next()) is not None:
            self._happen(item[0])
            self._in_hand = 0

    def _next(self) -> tuple[T] | None:
        """Wait for the next item that is due; None when the timeline stops."""
        with self._changed:
            while self._is_running:
                if not self._due:
                    self._changed.wait()
                elif (wait := self._due[0][0] - time.monotonic()) > 0:
                    self._changed.wait(wait)
                else:
                    self._in_hand = 1
                    return (heapq.heappop(self._due)[2],)
            return None
