"""What sending costs of a timeline: `paced`, or `strict`. Integer microseconds throughout.

`paced` prices a message at its units over the rate. That sells all of the rate with the least burst
such a thing can have: the largest message.

`strict` holds whatever the provider counts in any one second to the rate's whole units. Messages
are indivisible, so a second that ends with a large one must have had room for it. It therefore
sells only what leaves room for `largest` units, over a second plus what a send may be delayed; a
message beyond `largest` also buys the missing room before its slot.

Why it holds: let a second's messages at the provider have c₁ … cₖ units. Their slots span less than
the window of 1 s + delays, and span the cost of c₁ … cₖ₋₁ and the room before cₖ. At a window's
worth of `cap + 1 - largest` units, c₁ + … + cₖ₋₁ + max(0, cₖ - largest) < cap + 1 - largest, so
that c₁ + … + cₖ < cap + 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate

GRACE = 100_000
"""µs a send may start after its slot; later than that the slot is forfeited."""

LARGEST_TEXT = 11
"""Segments of the longest SMS: 1600 GSM characters of 153 septets each."""

LEASE = 1_000_000
"""µs that a lease takes at most, unless its one message takes longer."""

_SECOND = 1_000_000
_STRICT_GRACE = 30_000
# Beside the grace: what the way to the provider varies by, and twice the error of a disciplined
# clock.
_STRICT_DELAYS = 30_000
# *begin* runs so long before the first slot (sender/service.py); strict has no grace to spare.
_STRICT_LEAD = 60_000


class RateMode(StrEnum):
    """How a rate is kept."""

    PACED = "paced"  # all of the rate, on average
    STRICT = "strict"  # never more than the rate in any one second


@dataclass(frozen=True, slots=True)
class Plan:
    """When after its start (µs) each message of a batch may go, and when what it bought ends."""

    offsets: tuple[int, ...]
    ends: tuple[int, ...]

    @property
    def cost(self) -> int:
        """The µs that the batch costs."""
        return self.ends[-1]


@dataclass(frozen=True, slots=True)
class Pace:
    """The prices of one timeline's leases; all who share a timeline must pay the same.

    `grace` is how late (µs) a send may start. A lease may start `catch_up` before it is bought, or,
    when that is negative, no sooner than so long after. `largest` is None when paced.
    """

    grace: int = GRACE
    catch_up: int = GRACE
    largest: int | None = None

    def plan(self, sizes: Sequence[int], rate: int) -> Plan:
        """Return the plan of messages of these sizes (units) at `rate` milli-units/s."""
        sold = self.sold_rate(rate)
        rooms = [self._room(size, rate) for size in sizes]
        ends = list(accumulate(room + size for room, size in zip(rooms, sizes, strict=True)))
        # Of the sums, for rounding each message up would run past the end.
        offsets = tuple(cost(end - size, sold) for end, size in zip(ends, sizes, strict=True))
        return Plan(offsets, tuple(cost(end, sold) for end in ends))

    def plan_of_lease(self, sizes: Sequence[int], rate: int) -> Plan:
        """Return the plan of the first messages, as many as one lease may take, at least one."""
        whole = self.plan(sizes, rate)
        count = len(sizes)
        while count > 1 and whole.ends[count - 1] > LEASE:
            count -= 1
        return Plan(whole.offsets[:count], whole.ends[:count])

    def sold_rate(self, rate: int) -> int:
        """Return the milli-units/s that are sold of `rate` milli-units/s."""
        if self.largest is None:
            return rate
        window = _SECOND + self.grace + _STRICT_DELAYS
        left = max(1, (self._cap(rate) + 1 - self._largest(rate)) * 1000)
        return max(1, min(left, rate) * _SECOND // window)

    def _room(self, size: int, rate: int) -> int:
        """Return the units that stay unsold before a message."""
        return 0 if self.largest is None else max(0, size - self._largest(rate))

    def _largest(self, rate: int) -> int:
        return min(self.largest or 1, self._cap(rate))

    @staticmethod
    def _cap(rate: int) -> int:
        """Return the whole units of one second, at least one."""
        return max(1, rate // 1000)


PACED = Pace()


def pace_of(mode: RateMode, largest: int) -> Pace:
    """Return the prices of a mode; `largest` is the size (units) up to which messages are usual."""
    if mode is RateMode.PACED:
        return PACED
    return Pace(grace=_STRICT_GRACE, catch_up=-_STRICT_LEAD, largest=largest)


def cost(units: int, rate: int) -> int:
    """Return the µs of a timeline that `units` take at `rate` milli-units/s, rounded up."""
    return -(-units * 1_000_000_000 // rate)
