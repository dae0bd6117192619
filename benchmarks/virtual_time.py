"""Virtual time for real threads: one runs at a time, and waiting costs nothing.

Code under test blocks as it would on a machine, yet a run is deterministic and as fast as its
computation. All times are µs since the epoch.
"""

import heapq
from collections.abc import Callable
from itertools import count
from threading import Lock, Thread

EPOCH = 1_750_000_000_000_000


class _Over(BaseException):
    """Ends a thread whose time is over; no `except Exception` of the code under test stops it."""


class VirtualTime:
    """A clock, an agenda, and the threads that share them."""

    def __init__(self) -> None:
        self.now = EPOCH
        self._until = EPOCH
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []
        self._order = count()
        self._threads: list[_Thread] = []
        self._running: _Thread | None = None
        self.is_over = False
        self.back = Lock()  # held while a thread runs
        self.fault: BaseException | None = None
        self.back.acquire()

    def at(self, when: int, act: Callable[[], None]) -> None:
        """Do something later; it must not wait."""
        heapq.heappush(self._agenda, (when, next(self._order), act))

    def spawn(self, work: Callable[[], None], delay: int = 0) -> None:
        """Start a thread, which may wait."""
        thread = _Thread(self, work)
        self._threads.append(thread)
        self.at(self.now + delay, thread.resume)

    def run(self, until: int) -> None:
        """Let time pass until then (or until nothing is left to do), and end all threads."""
        self._until = until
        while self._agenda and self._agenda[0][0] <= until and self.fault is None:
            self.now, _, act = heapq.heappop(self._agenda)
            act()
        self.is_over = True
        for thread in self._threads:
            thread.resume()
        if self.fault:
            raise self.fault

    def sleep_until(self, when: int) -> None:
        """Wait, in a thread."""
        if self._until >= when and (not self._agenda or self._agenda[0][0] > when):
            self.now = max(self.now, when)  # nobody else has anything to do before
            return
        self.at(when, self.waker())
        self.park()

    def sleep(self, duration: int) -> None:
        """Wait so many µs, in a thread."""
        self.sleep_until(self.now + duration)

    def waker(self) -> Callable[[], None]:
        """Return what, put on the agenda, lets the running thread go on after it parked."""
        return self.running.resume

    def park(self) -> None:
        """Wait, in a thread, until its waker is called."""
        self.running.park()

    @property
    def running(self) -> "_Thread":
        """The thread that runs."""
        if self._running is None:
            raise RuntimeError("only a thread may wait; what is on the agenda may not")
        return self._running

    def enter(self, thread: "_Thread | None") -> "_Thread | None":
        """Say which thread runs now, and return which did."""
        before, self._running = self._running, thread
        return before


class _Thread:
    """One thread, which runs only between `resume` and its next `park`."""

    def __init__(self, time: VirtualTime, work: Callable[[], None]) -> None:
        self._time = time
        self._work = work
        self._go = Lock()
        self._go.acquire()
        self._is_done = False
        self._thread = Thread(target=self._main, daemon=True)
        self._thread.start()

    def resume(self) -> None:
        """Run until it parks or is done. In the thread of the agenda."""
        if self._is_done:
            return
        before = self._time.enter(self)
        self._go.release()
        self._time.back.acquire()
        self._time.enter(before)
        if self._is_done:
            self._thread.join()

    def park(self) -> None:
        """Give back control until resumed. In this thread."""
        self._time.back.release()
        self._go.acquire()
        if self._time.is_over:
            raise _Over

    def _main(self) -> None:
        self._go.acquire()
        try:
            if not self._time.is_over:
                self._work()
        except _Over:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again by run()
            self._time.fault = error
        finally:
            self._is_done = True
            self._time.back.release()
