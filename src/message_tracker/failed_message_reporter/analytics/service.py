"""The use case: count the days that are over, and those of which more was told since."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from message_tracker.core.store.daily_counting import DailyCounting

CLAIM = timedelta(minutes=20)
"""For how long a day is one run's to count; no run lasts so long."""


@dataclass(frozen=True, slots=True)
class AnalyticsService:
    """Counts days.

    Args:
        counting: counts one, and keeps the counts.
        clock: tells the time.
    """

    counting: DailyCounting
    clock: Callable[[], datetime]

    def run(self, until: datetime) -> Sequence[date]:
        """Count what is due, the latest day first, and return which days were counted.

        Begins no day after `until`: the next run goes on, also with what an earlier one missed.
        """
        self.counting.mark_late(self.clock())
        counted = []
        while (now := self.clock()) < until:
            day = self.counting.claim(now, claimed_until=now + CLAIM)
            if day is None:
                break
            self.counting.count(day, now)
            counted.append(day)
        return counted
