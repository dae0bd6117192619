"""The stretches of time that scheduled reports tell of, by the clock of a time zone.

Periods are half-open and follow each other without a gap: each begins where the last one ended, so
that nothing is told twice or never. A day of 23 or 25 hours is one day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice, pairwise, takewhile
from zoneinfo import ZoneInfo

MOST_PERIODS = 7
"""Reports one run may owe: of what was missed before them, the first one tells as well."""

_INSTANT = timedelta(microseconds=1)


class Schedule(StrEnum):
    """How often a report comes."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` on, until before `end`; in UTC.

    Raises `ValueError` when it is empty or without a time zone.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a period's start and end need an offset, as 2026-09-01T00:00:00Z")
        if self.start >= self.end:
            raise ValueError("a period's end must be later than its start")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))


def period_before(now: datetime, schedule: Schedule, zone: ZoneInfo) -> Period:
    """Return the last period that is over at `now`."""
    boundaries = _boundaries(now, schedule, zone)
    end, start = next(boundaries), next(boundaries)
    return Period(start, end)


def due_periods(
    last_end: datetime | None, now: datetime, schedule: Schedule, zone: ZoneInfo
) -> list[Period]:
    """Return the periods over at `now` and not yet reported, the oldest first.

    Args:
        last_end: when the last reported period ended; None if there never was one.
        now: the time to look back from.
        schedule: how long a period is.
        zone: whose hours, days and weeks are meant.
    """
    if last_end is None:
        return [period_before(now, schedule, zone)]
    missed = takewhile(lambda end: end > last_end, _boundaries(now, schedule, zone))
    newest_first = list(islice(missed, MOST_PERIODS))
    return [Period(start, end) for start, end in pairwise([last_end, *reversed(newest_first)])]


def _boundaries(now: datetime, schedule: Schedule, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield when periods begin and end, from the last one that is not after `now` backwards."""
    at = now
    while True:
        at = _floor(at, schedule, zone)
        yield at
        at -= _INSTANT


def _floor(at: datetime, schedule: Schedule, zone: ZoneInfo) -> datetime:
    """Return when the period that holds `at` began.

    The conversion to UTC knows what a clock change did: a midnight that does not exist is the
    instant of the change, and of two midnights the first begins the day.
    """
    local = at.astimezone(zone)
    if schedule is Schedule.HOURLY:
        return local.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    days = local.weekday() if schedule is Schedule.WEEKLY else 0  # ISO 8601: Monday is the first
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (midnight - timedelta(days=days)).astimezone(UTC)
