"""Figures, times and names as the report's reader expects them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.period_failures import NamedCount
from message_tracker.core.domain.report import ReportedCause, ReportTitle
from message_tracker.failed_message_reporter.language import Language

_TENTH_OF_A_PERCENT = 0.001
_TENTH = 0.1


@dataclass(frozen=True, slots=True)
class Wording:
    """Says values in a language."""

    language: Language

    def percent(self, share: float) -> str:
        """Return ``37%``, ``4.2%`` or, for what is hardly anything, ``<0.1%``."""
        if 0 < share < _TENTH_OF_A_PERCENT:
            value = "<0.1"
        else:
            value = f"{share * 100:.1f}" if 0 < share < _TENTH else f"{share * 100:.0f}"
        form = self.language.form
        return str(form["percent"]).format(value=value.replace(".", form["decimal"]))

    def moment(self, at: datetime, zone: ZoneInfo) -> str:
        """Return ``Aug 31, 2026, 14:05`` by the zone's clock."""
        return self._date("moment", "short_months", at.astimezone(zone))

    def period(self, title: ReportTitle) -> str:
        """Return which day, or from when till when, and by whose clock."""
        start, end = (at.astimezone(title.zone) for at in (title.period.start, title.period.end))
        is_a_day = start.time() == end.time() == time() and end.date() - start.date() == timedelta(
            1
        )
        if is_a_day:
            return f"{self._date('day', 'months', start)} ({title.zone.key})"
        return f"{self._from_to(start, end)} ({title.zone.key})"

    def when(self, cause: ReportedCause, zone: ZoneInfo) -> str:
        """Return when the first and the last failure of the cause were."""
        return self._from_to(cause.first_at.astimezone(zone), cause.last_at.astimezone(zone))

    def change(self, now: int, before: int) -> str:
        """Return how a count compares with that of the period before."""
        if now == before:
            return self.language.say("as_many")
        if not before:
            return self.language.say("new")
        key = "more" if now > before else "fewer"
        return self.language.say(key, abs(now - before), before=self.language.number(before))

    def channel(self, channel: Channel) -> str:
        """Return ``e-mail``."""
        return self.language.say(channel.value)

    def channels(self, values: Sequence[Channel]) -> str:
        """Return ``e-mail and SMS``."""
        names = [self.channel(value) for value in values]
        return (
            names[0]
            if len(names) == 1
            else self.language.say("and", first=names[0], last=names[-1])
        )

    def counts(self, values: Sequence[NamedCount]) -> tuple[str, ...]:
        """Return the names, each with its count."""
        return tuple(f"{value.name} ({self.language.number(value.count)})" for value in values)

    def _from_to(self, first: datetime, last: datetime) -> str:
        start, end = (self._date("moment", "short_months", at) for at in (first, last))
        if start == end:
            return start
        if first.date() == last.date():
            end = f"{last:%H:%M}"
        return self.language.say("from_to", first=start, last=end)

    def _date(self, key: str, months: str, local: datetime) -> str:
        form = self.language.form
        return str(form[key]).format(
            weekday=form["weekdays"][local.weekday()],
            month=form[months][local.month - 1],
            day=local.day,
            year=local.year,
            time=f"{local:%H:%M}",
        )


def bar_width(share: float) -> int:
    """Return the bar's length in percent; what there is can be seen."""
    return max(1, min(100, round(share * 100)))
