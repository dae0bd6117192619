"""What a simulated sender runs on: a machine, and its connections to a provider."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import ParamSpec, TypeVar

from benchmarks.virtual_time import VirtualTime

P = ParamSpec("P")
T = TypeVar("T")

API = 60_000
"""µs a provider's call takes."""


class Machine:
    """What a sender runs on: a clock that may be wrong, and freezes."""

    def __init__(self, time: VirtualTime) -> None:
        self.time = time
        self.offset = 0  # of the wall clock
        self._frozen_until = 0
        self._frozen_for = 0

    def wall(self) -> int:
        """Return what the wall clock shows."""
        return self.time.now + self.offset

    def steady(self) -> int:
        """Return what the steady clock shows; it stands still during a freeze."""
        return self.time.now - self._frozen_for

    def freeze(self, duration: int) -> None:
        """Let nothing run for so long."""
        self._frozen_until = self.time.now + duration
        self._frozen_for += duration

    def frozen(self) -> int:
        """Return for how long nothing runs."""
        return max(0, self._frozen_until - self.time.now)

    def sleep(self, seconds: float) -> None:
        """Wait, in a thread, and through a freeze."""
        self.time.sleep(round(seconds * 1_000_000))
        while self.frozen():
            self.time.sleep(self.frozen())


class _Answer(Future[T]):
    """A future that is waited for in virtual time."""

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._time = time

    def result(self, timeout: float | None = None) -> T:
        if not self.done():
            wake = self._time.waker()
            self.add_done_callback(lambda _: self._time.at(self._time.now, wake))
            self._time.park()
        return super().result(timeout)


class VirtualPool(Executor):
    """So many connections to a provider that answers after `API`."""

    def __init__(
        self, machine: Machine, connections: int, delay: Callable[[], int], api: int = API
    ) -> None:
        self._machine = machine
        self._time = machine.time
        self._free = connections
        self._waiting: deque[Callable[[], None]] = deque()
        self._delay = delay
        self._api = api

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Make the call as soon as a connection is free."""
        answer = _Answer[T](self._time)

        def begin() -> None:
            if frozen := self._machine.frozen():
                self._time.at(self._time.now + frozen, begin)
                return
            result = fn(*args, **kwargs)
            took = 0 if result is None else self._api  # None: the slot was forfeited, no call
            self._time.at(self._time.now + took, lambda: self._end(answer, result))

        self._waiting.append(begin)
        self._serve()
        return answer

    def _serve(self) -> None:
        if self._free and self._waiting:
            self._free -= 1
            self._time.at(self._time.now + self._delay(), self._waiting.popleft())

    def _end(self, answer: Future[T], result: T) -> None:
        self._free += 1
        answer.set_result(result)
        self._serve()
