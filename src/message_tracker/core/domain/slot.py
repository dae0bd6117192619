"""The arithmetic of the Slot limiter: time is sold, not tokens. Integer microseconds throughout.

The whole fleet shares one timeline, and `Timeline.sold_until` is the instant up to which it is sold
(the "theoretical arrival time" of the generic cell rate algorithm, ITU-T I.371). A sender buys the
next `units / rate` seconds with one conditional write and sends each message at its own slot.

What a failure does to the timeline can only move `sold_until` forward: a lost answer, a retry, a
write that is applied twice waste capacity, and never sell the same stretch to two senders.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from message_tracker.core.domain.errors import Throttled
from message_tracker.core.domain.ids import new_id

GRACE = 100_000
"""µs a send may start after its slot; later than that the slot is forfeited."""

CREATION_GUARD = 2_000_000
"""µs that a new timeline keeps unsold, so that leases of one that was lost have run out."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A stretch of the fleet's one timeline, sold to one sender.

    `start` is µs since the epoch; `units` are segments (or e-mails); `rate` is milli-units/s.
    """

    start: int
    units: int
    rate: int

    @property
    def end(self) -> int:
        """The µs since the epoch at which the next lease may start."""
        return self.start + cost(self.units, self.rate)

    def slots(self, sizes: Iterable[int]) -> Iterator[int]:
        """Yield when each message of these sizes may go, one after the other."""
        done = 0
        for size in sizes:
            # Of the sum, for rounding each message up would run past the end of the lease.
            yield self.start + cost(done, self.rate)
            done += size


def cost(units: int, rate: int) -> int:
    """Return the µs of the timeline that `units` take at `rate` milli-units/s, rounded up."""
    return -(-units * 1_000_000_000 // rate)


def is_late(slot: int, now: int) -> bool:
    """Whether a send that would start now has forfeited its slot."""
    return now > slot + GRACE


@dataclass(frozen=True, slots=True)
class Timeline:
    """The fleet's timeline as last seen."""

    sold_until: int  # µs since the epoch
    rate: int  # milli-units/s; 0 while paused
    generation: int  # changes with the rate, and when the timeline had to be created anew
    reservation: str  # the last one made


def opening(rate: int, now: int) -> Timeline:
    """Return a new timeline: nothing is sold, but nothing may be sent before the guard is over."""
    return Timeline(now + CREATION_GUARD, rate, generation=now, reservation="-")


class Path(Enum):
    """How a bid finds the timeline; whichever it is, exactly one of the two bids can apply."""

    BUSY = auto()  # sold up to the floor or beyond: continue at its end
    IDLE = auto()  # its end lies before the floor: start anew, now


@dataclass(frozen=True, slots=True)
class Bid:
    """One conditional write that would sell the next stretch.

    It applies only to its generation, only if the last reservation is another one, and on BUSY only
    if `sold_until >= floor`, on IDLE only if `sold_until < floor`. BUSY adds `cost` to
    `sold_until`, IDLE sets it to `now + cost`.
    """

    path: Path
    reservation: str
    generation: int
    units: int
    rate: int
    now: int

    @property
    def cost(self) -> int:
        """The µs this bid sells."""
        return cost(self.units, self.rate)

    @property
    def floor(self) -> int:
        """The µs since the epoch before which a timeline's end is left behind.

        Within the grace the timeline is continued although its end has passed: the sends are still
        in time for their slots, so catching up costs no burst beyond what the grace allows.
        """
        return _floor(self.now)

    def lease(self, sold: Timeline) -> Lease:
        """Return what was bought, given the timeline right after this bid was applied."""
        return Lease(sold.sold_until - self.cost, self.units, self.rate)


def _floor(now: int) -> int:
    return now - GRACE


class Purchase:
    """One reservation, from its first bid to its lease. The caller does the I/O.

    Ask for a `bid`, write it, and say whether it was `accepted` or `declined`; when the answer was
    lost, just ask for the next bid: it carries the same reservation, by which a write that did
    land is recognized.

    Args:
        units: segments (or e-mails), at least one.
        seen: the timeline as last seen, if ever.
        guess: the path to try first when `seen` is too old to tell: that of the last success.
    """

    def __init__(self, units: int, seen: Timeline | None = None, guess: Path = Path.IDLE) -> None:
        if units < 1:
            raise ValueError(f"units: {units} cannot be reserved; reserve at least 1")
        self.units = units
        # A paused timeline must be looked at again: no write will tell when the pause is over.
        self.seen = seen if seen and seen.rate > 0 else None
        self._guess = guess
        self._reservation = str(new_id())

    def bid(self, now: int) -> Bid | None:
        """Return the write to try next, or None if the timeline has to be read (or made) first.

        Raises `Throttled` when the timeline is paused.
        """
        seen = self.seen
        if seen is None:
            return None
        if seen.rate <= 0:
            raise Throttled("the rate limiter is paused: its rate is 0")
        # What is sold stays sold, so an end that lay beyond the floor still does.
        path = Path.BUSY if seen.sold_until >= _floor(now) else self._guess
        return Bid(path, self._reservation, seen.generation, self.units, seen.rate, now)

    def learn(self, current: Timeline) -> None:
        """Take over what the timeline says now."""
        if self.seen is not None and current.generation != self.seen.generation:
            self._reservation = str(new_id())  # what landed in another generation is void
        self.seen = current
        self._guess = Path.IDLE  # as `bid` finds BUSY by itself

    def accepted(self, bid: Bid, new: Timeline) -> Lease:
        """Return the lease of a bid that was applied and left the timeline so."""
        self.seen = new
        return bid.lease(new)

    def declined(self, bid: Bid, old: Timeline | None) -> Lease | None:
        """Return the lease if an earlier, unanswered bid had landed; else None: bid again.

        `old` is the timeline that did not meet the bid's condition, None if there is none.
        """
        if old is None:
            self.seen = None
            self._reservation = str(new_id())
            return None
        if (old.generation, old.reservation) == (bid.generation, bid.reservation):
            return self.accepted(bid, old)
        self.learn(old)
        return None
