"""The arithmetic of the Slot limiter: time is sold, not tokens. Integer microseconds throughout.

The whole fleet shares one timeline, and `Timeline.sold_until` is the instant up to which it is sold
(the "theoretical arrival time" of the generic cell rate algorithm, ITU-T I.371). A sender buys the
next `units / rate` seconds with one conditional write and sends each message at its own slot.

What a failure does to the timeline can only move `sold_until` forward: a lost answer, a retry, a
write that is applied twice waste capacity, and never sell the same stretch to two senders. Only a
change of the rate moves it back, and with its new generation voids the leases that it takes back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from message_tracker.core.domain.errors import SoldOut, Throttled
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.pace import GRACE, LEASE, PACED, Pace, Plan, cost

LOOK_AHEAD = 150_000
"""µs: a lease that starts further ahead is looked at again, so long before its start."""

# What voids leases is written a moment after its time was taken; that clock may be off, too (µs).
_WRITING = 100_000

CREATION_GUARD = LOOK_AHEAD + LEASE + _WRITING
"""µs, at least, for which leases nobody can void any more may still run. A new timeline keeps them
unsold."""

MARKETING_HORIZON = 500_000
"""µs ahead that a marketing lease may start; transactional messages, which look further, overtake.
"""

_FOREVER = 2**60  # µs since the epoch


@dataclass(frozen=True, slots=True)
class Terms:
    """What a buyer can make use of.

    A lease starts at most `horizon` µs ahead, and ends by `end_by` (µs since the epoch).
    """

    horizon: int | None = None
    end_by: int = _FOREVER


ANY = Terms()


@dataclass(frozen=True, slots=True)
class Lease:
    """A stretch of the fleet's one timeline, sold to one sender.

    All times are µs since the epoch. There is a slot for each message, in their order, or for the
    first of them, when all would take too long; `grace` is how long after its slot (µs) a message
    may go. `rate` is milli-units/s.
    """

    start: int
    end: int
    slots: tuple[int, ...]
    rate: int
    generation: int
    grace: int = GRACE


def is_late(slot: int, now: int, grace: int = GRACE) -> bool:
    """Whether a send that would start now has forfeited its slot."""
    return now > slot + grace


@dataclass(frozen=True, slots=True)
class Timeline:
    """The fleet's timeline as last seen."""

    sold_until: int  # µs since the epoch
    rate: int  # milli-units/s; 0 while paused
    generation: int  # changes with the rate, and when the timeline had to be created anew
    reservation: str  # the last one made


def guard(rate: int, largest: int) -> int:
    """Return the µs for which leases at `rate` milli-units/s that nobody can void may still run.

    A message of `largest` units is one lease, however long that takes.
    """
    alone = cost(2 * largest, rate) if rate else 0  # twice: strict may leave room before it
    return max(CREATION_GUARD, LOOK_AHEAD + alone + _WRITING)


def opening(rate: int, now: int, unsold: int = CREATION_GUARD) -> Timeline:
    """Return a new timeline: nothing is sold, but nothing may be sent before `unsold` µs are over.

    By then all leases of a timeline that was lost have run out, or were voided.
    """
    return Timeline(now + unsold, rate, generation=now, reservation="-")


def with_rate(timeline: Timeline, rate: int, now: int, unsold: int) -> Timeline:
    """Return the timeline under another rate: from `unsold` µs ahead nothing is sold any more.

    A pause has sold nothing, and its end takes nothing back: what ran when it began may still run.
    """
    generation = max(now, timeline.generation + 1)
    latest = now + unsold if timeline.rate else timeline.sold_until
    return Timeline(min(timeline.sold_until, latest), rate, generation, timeline.reservation)


class Path(Enum):
    """How a bid finds the timeline; whichever it is, exactly one of the two bids can apply."""

    BUSY = auto()  # sold up to the floor or beyond: continue at its end
    IDLE = auto()  # its end lies before the floor: start anew, now


@dataclass(frozen=True, slots=True)
class Bid:
    """One conditional write that would sell the next stretch.

    It applies only to its generation, only if the last reservation is another one, and on BUSY only
    if `floor <= sold_until <= latest`, on IDLE only if `sold_until < floor`. BUSY adds `cost` to
    `sold_until`, IDLE sets it to `idle_end`.
    """

    path: Path
    reservation: str
    generation: int
    plan: Plan
    rate: int
    now: int
    pace: Pace = PACED
    terms: Terms = ANY

    @property
    def cost(self) -> int:
        """The µs this bid sells."""
        return self.plan.cost

    @property
    def floor(self) -> int:
        """The µs since the epoch before which a timeline's end is left behind.

        Within the grace the timeline is continued although its end has passed: the sends are still
        in time for their slots, so catching up costs no burst beyond what the grace allows.
        """
        return self.now - self.pace.catch_up

    @property
    def latest(self) -> int:
        """The µs since the epoch at which the lease may start at the latest."""
        by_end = self.terms.end_by - self.cost
        return by_end if self.terms.horizon is None else min(by_end, self.now + self.terms.horizon)

    @property
    def idle_start(self) -> int:
        """The µs since the epoch at which a lease starts if the timeline is left behind."""
        return max(self.now, self.floor)

    @property
    def idle_end(self) -> int:
        """The µs since the epoch at which that lease ends."""
        return self.idle_start + self.cost

    def lease(self, sold: Timeline) -> Lease:
        """Return what was bought, given the timeline right after this bid was applied."""
        start = sold.sold_until - self.cost
        slots = tuple(start + offset for offset in self.plan.offsets)
        return Lease(start, sold.sold_until, slots, self.rate, self.generation, self.pace.grace)

    def refused(self, start: int) -> SoldOut | None:
        """Return why a lease that starts so is none of the terms', or None if it is."""
        if start <= self.latest:
            return None
        if start + self.cost > self.terms.end_by:
            return SoldOut("the rate limiter is sold out for as long as this sender runs", None)
        return SoldOut("the rate limiter is sold out up to the horizon", start - self.latest)


class Purchase:
    """One reservation, from its first bid to its lease. The caller does the I/O.

    Ask for a `bid`, write it, and say whether it was `accepted` or `declined`; when the answer was
    lost, just ask for the next bid: it carries the same reservation, by which a write that did
    land is recognized.

    Args:
        sizes: segments of each message (or 1 for an e-mail), at least one message.
        seen: the timeline as last seen, if ever.
        guess: the path to try first when `seen` is too old to tell: that of the last success.
        pace: the timeline's prices.
        terms: what the buyer can make use of.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        seen: Timeline | None = None,
        guess: Path = Path.IDLE,
        *,
        pace: Pace = PACED,
        terms: Terms = ANY,
    ) -> None:
        if not sizes or min(sizes) < 1:
            raise ValueError(
                f"sizes: {list(sizes)} cannot be reserved; reserve at least 1 unit a message"
            )
        self.sizes = tuple(sizes)
        # A paused timeline must be looked at again: no write will tell when the pause is over.
        self.seen = seen if seen and seen.rate > 0 else None
        self._guess = guess
        self._pace = pace
        self._terms = terms
        self._reservation = str(new_id())

    def bid(self, now: int) -> Bid | None:
        """Return the write to try next, or None if the timeline has to be read (or made) first.

        Raises `Throttled` when the timeline is paused, `SoldOut` when time does not suffice.
        """
        seen = self.seen
        if seen is None:
            return None
        if seen.rate <= 0:
            raise Throttled("the rate limiter is paused: its rate is 0")
        # What is sold stays sold, so an end that lay beyond the floor still does.
        path = Path.BUSY if seen.sold_until >= now - self._pace.catch_up else self._guess
        plan = self._pace.plan_of_lease(self.sizes, seen.rate)
        bid = Bid(
            path,
            self._reservation,
            seen.generation,
            plan,
            seen.rate,
            now,
            self._pace,
            self._terms,
        )
        if refused := bid.refused(bid.floor if path is Path.BUSY else bid.idle_start):
            raise refused
        return bid

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

        `old` is the timeline that did not meet the bid's condition, None if there is none. Raises
        `SoldOut` when it is sold beyond the terms.
        """
        if old is None:
            self.seen = None
            self._reservation = str(new_id())
            return None
        if (old.generation, old.reservation) == (bid.generation, bid.reservation):
            return self.accepted(bid, old)
        self.learn(old)
        if old.generation == bid.generation and (refused := bid.refused(old.sold_until)):
            raise refused
        return None
