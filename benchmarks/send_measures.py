"""What a run's sends (when, and how many units) say of the rate that was kept."""

from collections import deque
from collections.abc import Iterable

from benchmarks.virtual_time import EPOCH


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
