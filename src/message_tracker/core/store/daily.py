"""Daily analytics, read: days that are kept, and those that are not counted yet, counted now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from message_tracker.core.domain.daily import Analysed, DayLine, LinePlace, period_of
from message_tracker.core.domain.period import Period
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("daily")


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysQuestion:
    """Days, and by what their messages are to be told apart; a page of lines.

    `first_day` and `last_day` are inclusive; by user only one day is counted, the first. The lines
    begin behind `after`, if it is given.
    """

    first_day: date
    last_day: date
    by: Analysed
    limit: int
    after: LinePlace | None = None


@dataclass(frozen=True, slots=True)
class DaysAnswer:
    """Lines, by day and the commonest label first.

    `live` days were counted just now; nothing is known yet of `missing` ones: they are over, and
    still to be counted.
    """

    lines: Sequence[DayLine]
    live: Sequence[date]
    missing: Sequence[date]


class DailyAnalytics:
    """Answers questions about days."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, question: DaysQuestion, today: date) -> DaysAnswer:
        """Return what became of the messages of days.

        Today, and yesterday while it is not counted, are counted now.

        Args:
            question: what is asked.
            today: the day that is not over.
        """
        if question.by is Analysed.USER:
            day = question.first_day
            return DaysAnswer(self.count_now(question, period_of(day)), [day], [])
        uncounted = self._uncounted(question, today)
        live = [day for day in uncounted if day >= today - timedelta(days=1)]
        lines = self._lines(question, {day: period_of(day) for day in live})
        return DaysAnswer(lines, live, [day for day in uncounted if day not in live])

    def count_now(self, question: DaysQuestion, period: Period) -> Sequence[DayLine]:
        """Return what became of the messages of a period, counted now as the question's day."""
        if question.by is Analysed.USER:
            after = question.after
            rows = self._database.fetch(
                _QUERIES["read_users"],
                {
                    "day": question.first_day,
                    "start": period.start,
                    "end": period.end,
                    "after_accepted": after and after.accepted,
                    "after_label": after and after.label,
                    "limit": question.limit,
                },
            )
            return [DayLine(**row) for row in rows]
        return self._lines(question, {question.first_day: period})

    def _uncounted(self, question: DaysQuestion, today: date) -> list[date]:
        bounds = {"first_day": question.first_day, "last_day": question.last_day}
        counted = {row["day"] for row in self._database.fetch(_QUERIES["counted_days"], bounds)}
        length = (min(question.last_day, today) - question.first_day).days
        asked = (question.first_day + timedelta(days=n) for n in range(length + 1))
        return [day for day in asked if day not in counted]

    def _lines(self, question: DaysQuestion, live: Mapping[date, Period]) -> Sequence[DayLine]:
        after = question.after
        rows = self._database.fetch(
            _QUERIES["read_days"],
            {
                "first_day": question.first_day,
                "last_day": question.last_day,
                "by": question.by,
                "live_days": list(live),
                "starts": [period.start for period in live.values()],
                "ends": [period.end for period in live.values()],
                "after_day": after and after.day,
                "after_accepted": after and after.accepted,
                "after_label": after and after.label,
                "limit": question.limit,
            },
        )
        return [DayLine(**row) for row in rows]
