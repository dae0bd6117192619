"""A fleet of senders on one timeline, in virtual time: deterministic, and as faulty as asked for.

Each sender runs the product's own code: its DynamoDB adapter, clock, leasing and pacing. Simulated
are only the item, the network, the provider and the machine. All times are µs.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from benchmarks.virtual_dynamodb import LOOK_TIMEOUT, Learn, VirtualClient, VirtualItem, Weather
from benchmarks.virtual_machine import API, Machine, VirtualPool
from benchmarks.virtual_time import EPOCH, VirtualTime
from message_tracker.core.aws.rate_control import Change, RateControl
from message_tracker.core.aws.rate_limiter import SlotLimiter
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.pace import GRACE, PACED, Pace
from message_tracker.core.domain.skew import Skew
from message_tracker.core.domain.slot import Lease
from message_tracker.sender.clock import SystemClock
from message_tracker.sender.leasing import Leasing
from message_tracker.sender.pacing import Call, call_at_slots

SECOND = 1_000_000

_LARGEST = 10


@dataclass
class Fleet:
    """Senders with endless backlogs (or a shared one), until the virtual time is over.

    Args:
        rate: milli-units/s.
        sizes: what a message's size is drawn from.
        workers: senders of transactional messages.
        seed: of all that is random.
        batch: the most messages of a chunk.
        weather: what goes wrong.
        seconds: how long.
        pace: paced or strict.
        urgent: further workers, each with one short transactional message about each second; the
            others then send marketing.
        idle: the seconds of the run, from and to, in which there is nothing to send.
        backlog: how many messages there are in all; None is endless.
        pause: µs between a worker's batches.
        remaining: µs that a worker has for a batch.
        connections: of a worker to the provider.
        api: µs that the provider's answer takes.
        is_guarded: whether the clocks learn from answers.
    """

    rate: int
    sizes: Sequence[int]
    workers: int
    seed: int
    batch: int = 10
    weather: Weather = field(default_factory=Weather)
    seconds: float = 8
    pace: Pace = PACED
    urgent: int = 0
    idle: tuple[float, float] = (0, 0)
    backlog: int | None = None
    pause: int = 20_000
    remaining: int = 600_000_000
    connections: int = 16
    api: int = API
    is_guarded: bool = True

    def __post_init__(self) -> None:
        self.time = VirtualTime()
        self.random = Random(self.seed)
        self.item = VirtualItem(self.time, self.random, self.weather)
        self.sends: list[tuple[int, int]] = []  # when, and how many units
        self.arrivals: list[tuple[int, int]] = []  # the same at the provider
        self.waits: list[tuple[int, int]] = []  # for how long, and how many units
        self.urgent_waits: list[int] = []
        self.leases: list[Lease] = []
        self.returned = 0  # messages that were not sent: no time, no limiter, a crash
        self.refused = 0  # batches that found no limiter
        self.machines = [Machine(self.time) for _ in range(self.workers + self.urgent)]
        self._left = self.backlog
        self._control = self._make_control()

    def run(self) -> "Fleet":
        """Let the time pass."""
        for number, machine in enumerate(self.machines):
            self.time.spawn(
                self._work_of(machine, is_urgent=number >= self.workers), self._up_to(1_000_000)
            )
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
        machine = Machine(self.time)
        return RateControl(self._table(machine, nullcontext), lambda: self.time.now, _LARGEST)

    def _table(self, machine: Machine, learn: Learn) -> RateTable:
        client: Any = VirtualClient(self.item, learn)
        return RateTable(
            client,
            "limiter",
            "sms",
            look_client=VirtualClient(self.item, learn, LOOK_TIMEOUT),  # type: ignore[arg-type] # as far as it goes
            sleep=machine.sleep,
            fraction=self.random.random,
        )

    def _work_of(self, machine: Machine, *, is_urgent: bool) -> Callable[[], None]:
        skew = Skew()
        clock = SystemClock(skew, wall=machine.wall, steady=machine.steady, sleep=machine.sleep)
        table = self._table(machine, partial(self._learn, skew, clock))
        limiter = SlotLimiter(table, self.rate, clock.now_us, self.pace, _LARGEST)
        is_marketing = self.urgent > 0 and not is_urgent
        take = partial(self.take, skew, clock)
        sender = Sender(self, machine, clock, limiter, take, is_marketing=is_marketing)

        def work() -> None:
            while sizes := [1] if is_urgent else self.next_sizes():
                waits = sender.send(sizes)
                self.urgent_waits += waits if is_urgent else []
                pause = 1_000_000 if is_urgent else self.pause
                machine.sleep(self._up_to(2 * pause) / 1_000_000)
                self._rest(machine)

        return work

    def _rest(self, machine: Machine) -> None:
        first, last = (EPOCH + round(second * 1_000_000) for second in self.idle)
        if first <= self.time.now < last:
            machine.sleep((last - self.time.now) / 1_000_000)

    def next_sizes(self) -> list[int]:
        """Return the next chunk, empty when nothing is left.

        As the product's, it takes at most one second of the rate, and is at least one message.
        """
        most = self.batch if self._left is None else min(self.batch, self._left)
        sizes = [self.random.choice(self.sizes) for _ in range(most)]
        while len(sizes) > 1 and sum(sizes) * 1000 > self.rate:
            sizes.pop()
        if self._left is not None:
            self._left -= len(sizes)
        return sizes

    def pool(self, machine: Machine) -> VirtualPool:
        """Return a sender's connections to the provider."""
        return VirtualPool(machine, self.connections, self._starved, self.api)

    def happens(self, probability: float) -> bool:
        """Throw the dice."""
        return self.random.random() < probability

    @contextmanager
    def _learn(self, skew: Skew, clock: SystemClock) -> Iterator[None]:
        sent = clock.shown_us()
        yield
        if self.is_guarded:
            skew.learn(self.time.now // SECOND * SECOND, sent, clock.shown_us())

    def take(self, skew: Skew, clock: SystemClock, size: int, began: int) -> int:
        """Take a send, as the provider does, and return for how long it waited."""
        if self.is_guarded:
            sent, answered = clock.shown_us(), self.time.now + self.api
            stamped = answered // SECOND * SECOND
            self.time.at(answered, lambda: skew.learn(stamped, sent, clock.shown_us()))
        return self.accept(size, began)

    def accept(self, size: int, began: int) -> int:
        """Count a send, and return for how long it waited."""
        now = self.time.now
        self.sends.append((now, size))
        # A way of 8 ms, at the 99th percentile 20 ms.
        arrived = now + round(8_000 * self.random.lognormvariate(0, 0.394))
        self.arrivals.append((arrived, size))
        self.waits.append((now - began, size))
        return now - began

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
        take: Callable[[int, int], int],
        *,
        is_marketing: bool,
    ) -> None:
        self._fleet = fleet
        self._clock = clock
        self._limiter = limiter
        self._take = take
        self._leasing = Leasing(clock, fleet.random.random)
        self._pool = fleet.pool(machine)
        self._is_marketing = is_marketing

    def send(self, sizes: Sequence[int]) -> list[int]:
        """Send a batch and return the waits; what is not sent returns to the queue."""
        began = self._fleet.time.now
        end_by = self._clock.now_us() + self._fleet.remaining
        waits: list[int] = []
        try:
            self._send_all(sizes, began, end_by, waits)
        except Unavailable:
            self._fleet.refused += 1
        self._fleet.returned += len(sizes) - len(waits)
        return waits

    def _send_all(self, sizes: Sequence[int], began: int, end_by: int, waits: list[int]) -> None:
        while sizes:
            lease = self._lease(sizes, end_by)
            if lease is None or self._fleet.happens(self._fleet.weather.crash):
                break
            piece, sizes = sizes[: len(lease.slots)], sizes[len(lease.slots) :]
            calls = [
                Call(slot, lambda size=size: self._take(size, began), lease.grace)  # type: ignore[misc] # a bound default
                for size, slot in zip(piece, lease.slots, strict=True)
            ]
            answers = call_at_slots(calls, pool=self._pool, clock=self._clock)
            self._leasing.learn(answers)
            late = [size for size, answer in zip(piece, answers, strict=True) if answer is None]
            waits += [answer for answer in answers if answer is not None]
            sizes = [*late, *sizes]

    def _lease(self, piece: Sequence[int], end_by: int) -> Lease | None:
        lease = self._leasing.lease(
            self._limiter, piece, is_marketing=self._is_marketing, end_by=end_by
        )
        if lease:
            self._fleet.leases.append(lease)
        return lease


def void(_: object) -> None:
    """Take no interest in an answer."""
