"""A fleet of senders on one timeline, in virtual time: deterministic, and as faulty as asked for.

Each sender runs the product's own code: its DynamoDB adapter, clock, leasing and pacing. Simulated
are only the item, the network, the provider and the machine. All times are µs.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from random import Random
from typing import Any, ParamSpec, TypeVar, cast

from benchmarks.virtual_dynamodb import VirtualClient, VirtualItem, Weather
from benchmarks.virtual_time import EPOCH, VirtualTime
from message_tracker.core.aws.rate_control import Change, RateControl
from message_tracker.core.aws.rate_limiter import SlotLimiter
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.pace import GRACE, PACED, Pace
from message_tracker.core.domain.skew import Skew
from message_tracker.core.domain.slot import Lease, Terms
from message_tracker.sender.clock import SystemClock
from message_tracker.sender.leasing import Leasing
from message_tracker.sender.pacing import Call, call_at_slots

P = ParamSpec("P")
T = TypeVar("T")

API = 60_000
"""µs a provider's call takes."""

_LARGEST = 10


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


@dataclass
class Fleet:
    """Senders with endless backlogs (or a shared one), until the virtual time is over.

    Args:
        rate: milli-units/s.
        sizes: what a message's size is drawn from.
        workers: senders of transactional messages.
        seed: of all that is random.
        batch: messages of one event.
        weather: what goes wrong.
        seconds: how long.
        pace: paced or strict.
        marketing: how many of the workers, the first ones, send marketing.
        backlog: how many messages there are in all; None is endless.
        pause: µs between a worker's batches.
        remaining: µs that a worker has for a batch.
        connections: of a worker to the provider.
        api: µs that the provider's answer takes.
    """

    rate: int
    sizes: Sequence[int]
    workers: int
    seed: int
    batch: int = 10
    weather: Weather = field(default_factory=Weather)
    seconds: float = 8
    pace: Pace = PACED
    marketing: int = 0
    backlog: int | None = None
    pause: int = 20_000
    remaining: int = 600_000_000
    connections: int = 16
    api: int = API

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.random = Random(self.seed)
        self.item = VirtualItem(self.time, self.random, self.weather)
        self.sends: list[tuple[int, int]] = []  # when, and how many units
        self.arrivals: list[tuple[int, int]] = []  # the same at the provider
        self.waits: list[tuple[int, int]] = []  # for how long, and how many units
        self.leases: list[Lease] = []
        self.returned = 0  # messages whose sender ran out of time, or of limiter
        self.machines = [Machine(self.time) for _ in range(self.workers)]
        self._left = self.backlog
        self._control = self._make_control()

    def run(self) -> "Fleet":
        """Let the time pass."""
        for number, machine in enumerate(self.machines):
            work = self._work_of(machine, is_marketing=number < self.marketing)
            self.time.spawn(work, self._up_to(1_000_000))
        self.time.run(EPOCH + round(self.seconds * 1_000_000))
        return self

    def at(self, second: float, act: Callable[[], None]) -> None:
        """Do something in that second of the run."""
        self.time.at(EPOCH + round(second * 1_000_000), act)

    def change_rate(self, second: float, change: Change) -> None:
        """Have an operator change the rate in that second of the run."""
        delay = round(second * 1_000_000)
        self.time.spawn(lambda: void(self._control.change(change)), delay)

    def lose_item(self, second: float) -> None:
        """Delete the item in that second of the run."""
        self.at(second, lambda: setattr(self.item, "item", None))

    def _make_control(self) -> RateControl:
        return RateControl(self._table(Machine(self.time), Skew()), lambda: self.time.now, _LARGEST)

    def _table(self, machine: Machine, skew: Skew) -> RateTable:
        client: Any = VirtualClient(self.item, self.time)
        return RateTable(
            client, "limiter", "sms", skew=skew, wall=machine.wall, sleep=machine.sleep
        )

    def _work_of(self, machine: Machine, *, is_marketing: bool) -> Callable[[], None]:
        skew = Skew()
        clock = SystemClock(skew, wall=machine.wall, steady=machine.steady, sleep=machine.sleep)
        limiter = SlotLimiter(
            self._table(machine, skew), self.rate, clock.now_us, self.pace, _LARGEST
        )
        sender = Sender(self, machine, clock, limiter, is_marketing=is_marketing)

        def work() -> None:
            while sizes := self.next_sizes():
                sender.send(sizes)
                machine.sleep(self._up_to(2 * self.pause) / 1_000_000)

        return work

    def next_sizes(self) -> list[int]:
        """Return the next batch, empty when nothing is left."""
        count = self.batch if self._left is None else min(self.batch, self._left)
        if self._left is not None:
            self._left -= count
        return [self.random.choice(self.sizes) for _ in range(count)]

    def pool(self, machine: Machine) -> VirtualPool:
        """Return a sender's connections to the provider."""
        return VirtualPool(machine, self.connections, self._starved, self.api)

    def happens(self, probability: float) -> bool:
        """Throw the dice."""
        return self.random.random() < probability

    def take(self, size: int, began: int) -> bool:
        """Take a send, as the provider does."""
        now = self.time.now
        self.sends.append((now, size))
        # A way of 8 ms, at the 99th percentile 20 ms.
        self.arrivals.append((now + round(8_000 * self.random.lognormvariate(0, 0.394)), size))
        self.waits.append((now - began, size))
        return True

    def _starved(self) -> int:
        return self._up_to(2 * GRACE) if self.happens(self.weather.starved) else 0

    def _up_to(self, longest: int) -> int:
        return self.random.randrange(longest + 1)


class Sender:
    """One sender: leases for its batch, and sends at its slots."""

    def __init__(
        self,
        fleet: Fleet,
        machine: Machine,
        clock: SystemClock,
        limiter: SlotLimiter,
        *,
        is_marketing: bool,
    ) -> None:
        self._fleet = fleet
        self._clock = clock
        self._limiter = limiter
        self._leasing = Leasing(clock, fleet.random.random)
        self._pool = fleet.pool(machine)
        self._is_marketing = is_marketing
        self._units = max(1, fleet.pace.sold_rate(fleet.rate) // 1000)

    def send(self, sizes: Sequence[int]) -> None:
        """Send a batch; what its time does not suffice for returns to the queue."""
        began = self._fleet.time.now
        end_by = self._clock.now_us() + self._fleet.remaining
        for piece in pieces(sizes, self._units):
            try:
                self._fleet.returned += len(self._send_piece(piece, began, end_by))
            except Unavailable:
                self._fleet.returned += len(piece)

    def _send_piece(self, piece: Sequence[int], began: int, end_by: int) -> Sequence[int]:
        """Return the sizes that were not sent."""
        while piece:
            lease = self._lease(piece, end_by)
            if lease is None or self._fleet.happens(self._fleet.weather.crash):
                break
            calls = [
                Call(slot, lambda size=size: self._fleet.take(size, began), lease.grace)  # type: ignore[misc] # a bound default
                for size, slot in zip(piece, lease.slots, strict=True)
            ]
            answers = call_at_slots(calls, pool=self._pool, clock=self._clock)
            piece = [size for size, answer in zip(piece, answers, strict=True) if answer is None]
        return piece

    def _lease(self, piece: Sequence[int], end_by: int) -> Lease | None:
        lease = self._leasing.lease(
            self._limiter, piece, is_marketing=self._is_marketing, end_by=end_by
        )
        if lease:
            self._fleet.leases.append(lease)
        return lease


def pieces(sizes: Sequence[int], units: int) -> Iterator[list[int]]:
    """Yield the sizes in pieces of at most so many units, at least one message each."""
    piece: list[int] = []
    for size in sizes:
        if piece and sum(piece) + size > units:
            yield piece
            piece = []
        piece.append(size)
    yield piece


def excess(sends: Iterable[tuple[int, int]], rate: int) -> float:
    """Return the most units by which the sends of any interval exceed `rate` over its length."""
    total, least, most = 0, 0.0, 0.0
    for when, units in sorted(sends):
        allowed = rate * (when - EPOCH) / 1_000_000_000
        least = min(least, total - allowed)  # an interval may start just before this send
        total += units
        most = max(most, total - allowed - least)
    return most


def most_in_a_second(sends: Iterable[tuple[int, int]]) -> int:
    """Return the most units of any one second (half-open)."""
    window: deque[tuple[int, int]] = deque()
    inside = most = 0
    for when, units in sorted(sends):
        window.append((when, units))
        inside += units
        while window[0][0] <= when - 1_000_000:
            inside -= window.popleft()[1]
        most = max(most, inside)
    return most


def units_between(sends: Iterable[tuple[int, int]], first: float, last: float) -> int:
    """Return the units sent in [first, last) seconds of the run."""
    begin, end = (EPOCH + round(second * 1_000_000) for second in (first, last))
    return sum(units for when, units in sends if begin <= when < end)


def void(_: object) -> None:
    """Take no interest in an answer."""


def terms_of(remaining: int) -> Terms:
    """Return terms that end so long after the run began."""
    return Terms(end_by=EPOCH + remaining)


def as_client(client: VirtualClient) -> Any:  # noqa: ANN401 - boto3's type knows far more
    """Return the client as boto3's."""
    return cast("Any", client)
