"""A fleet of senders on one timeline, in virtual time: deterministic, and as faulty as asked for.

The item obeys the same conditions as the DynamoDB item of `core/aws/rate_limiter.py`; the senders
run the very `Purchase` that the adapter runs. All times are µs.
"""

import heapq
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from message_tracker.core.domain.slot import (
    GRACE,
    Bid,
    Lease,
    Path,
    Purchase,
    Timeline,
    is_late,
    opening,
)

TIMEOUT = 500_000
EPOCH = 1_750_000_000_000_000

Waits = Generator[int, None, None]


class Item:
    """The one item, with the conditional writes that DynamoDB would do."""

    def __init__(self) -> None:
        self.timeline: Timeline | None = None
        self.writes = 0
        self.failed_writes = 0

    def read(self) -> Timeline | None:
        return self.timeline

    def create(self, timeline: Timeline) -> Timeline:
        self.timeline = self.timeline or timeline
        return self.timeline

    def write(self, bid: Bid) -> tuple[bool, Timeline | None]:
        """Return whether the bid applied, and the timeline after it (or as it stood)."""
        self.writes += 1
        old = self.timeline
        if old is None or not meets(old, bid):
            self.failed_writes += 1
            return False, old
        end = old.sold_until + bid.cost if bid.path is Path.BUSY else bid.now + bid.cost
        self.timeline = Timeline(end, old.rate, old.generation, bid.reservation)
        return True, self.timeline


def meets(timeline: Timeline, bid: Bid) -> bool:
    """Whether the timeline meets the bid's condition."""
    if timeline.generation != bid.generation or timeline.reservation == bid.reservation:
        return False
    return (timeline.sold_until >= bid.floor) == (bid.path is Path.BUSY)


@dataclass(frozen=True, slots=True)
class Weather:
    """How often things go wrong, each a probability."""

    lost_request: float = 0.0  # never arrives
    lost_answer: float = 0.0  # arrives and is applied, but nobody hears of it
    doubled: float = 0.0  # applied a second time, later
    crash: float = 0.0  # the sender forgets its lease
    starved: float = 0.0  # a send waits for the processor, up to twice the grace
    slow: int = 10_000  # the longest way of a request or an answer


@dataclass
class Fleet:
    """Senders with endless backlogs, until the virtual time is over."""

    rate: int
    sizes: Sequence[int]
    workers: int
    seed: int
    batch: int = 10
    weather: Weather = field(default_factory=Weather)
    seconds: int = 8

    def __post_init__(self) -> None:
        self.item = Item()
        self.now = EPOCH
        self.until = EPOCH + self.seconds * 1_000_000
        self.sends: list[tuple[int, int]] = []  # when, and how many units
        self.leases: list[Lease] = []
        self._random = Random(self.seed)  # noqa: S311 - reproducible on purpose
        self._order = count()
        self._agenda: list[tuple[int, int, Callable[[], None]]] = []

    def run(self) -> "Fleet":
        for _ in range(self.workers):
            self._resume(self._work(), self._up_to(1_000_000))
        while self._agenda:
            self.now, _, act = heapq.heappop(self._agenda)
            if self.now > self.until:
                break
            act()
        return self

    def at(self, when: int, act: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (when, next(self._order), act))

    def _resume(self, waits: Waits, delay: int) -> None:
        def step() -> None:
            wait = next(waits, None)
            if wait is not None:
                self._resume(waits, wait)

        self.at(self.now + delay, step)

    def _work(self) -> Waits:
        last: tuple[Timeline | None, Path] = (None, Path.IDLE)
        while True:
            sizes = self._next_sizes()
            purchase = Purchase(sum(sizes), *last)
            lease, path = yield from self._reserve(purchase)
            last = (purchase.seen, path)
            self.leases.append(lease)
            if not self._happens(self.weather.crash):
                yield from self._send(sizes, lease)
            yield self._up_to(20_000)

    def _reserve(self, purchase: Purchase) -> Generator[int, None, tuple[Lease, Path]]:
        while True:
            bid = purchase.bid(self.now)
            yield self._up_to(self.weather.slow)
            if bid is None:
                purchase.learn(self.item.read() or self.item.create(opening(self.rate, self.now)))
                continue
            if self._happens(self.weather.lost_request):
                yield TIMEOUT
                continue
            applied, timeline = self.item.write(bid)
            self._maybe_double(bid)
            yield self._up_to(self.weather.slow)
            if self._happens(self.weather.lost_answer):
                yield TIMEOUT
                continue
            if applied and timeline:
                return purchase.accepted(bid, timeline), bid.path
            lease = purchase.declined(bid, timeline)
            if lease is not None:
                return lease, bid.path

    def _send(self, sizes: Sequence[int], lease: Lease) -> Waits:
        for size, slot in zip(sizes, lease.slots(sizes), strict=True):
            yield max(0, slot - self.now)
            if self._happens(self.weather.starved):
                yield self._up_to(2 * GRACE)
            if not is_late(slot, self.now):
                self.sends.append((self.now, size))

    def _next_sizes(self) -> list[int]:
        """Return a batch of at most one second of the rate, at least one message."""
        sizes = [self._random.choice(self.sizes) for _ in range(self.batch)]
        while len(sizes) > 1 and sum(sizes) * 1000 > self.rate:
            sizes.pop()
        return sizes

    def _maybe_double(self, bid: Bid) -> None:
        if self._happens(self.weather.doubled):
            self.at(self.now + self._up_to(2 * TIMEOUT), lambda: void(self.item.write(bid)))

    def _happens(self, probability: float) -> bool:
        return self._random.random() < probability

    def _up_to(self, longest: int) -> int:
        return self._random.randrange(longest + 1)


def void(_: object) -> None:
    """Take no interest in an answer."""


def excess(sends: Sequence[tuple[int, int]], rate: int) -> float:
    """Return the most units by which the sends of any interval exceed `rate` over its length."""
    total, least, most = 0, 0.0, 0.0
    for when, units in sends:
        allowed = rate * (when - EPOCH) / 1_000_000_000
        least = min(least, total - allowed)  # an interval may start just before this send
        total += units
        most = max(most, total - allowed - least)
    return most
