"""The failure report: what failed in a period, why, and what to do.

What a report says of people is masked, unless it is to name them, and all that others wrote is
cleaned, so that whoever renders it has only to escape.
"""

import shlex
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from message_tracker.core.domain.advice import Advice, advice_key, advise
from message_tracker.core.domain.books import Books
from message_tracker.core.domain.foreign_text import clean, defang
from message_tracker.core.domain.masking import mask, mask_within
from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.period import Period
from message_tracker.core.domain.period_failures import (
    CauseCount,
    Failure,
    NamedCount,
    PeriodFailures,
    countries,
)
from message_tracker.core.domain.situation import Situation

MOST_CAUSES = 12
"""Causes a report tells of one by one: mail clients cut a long message off."""


@dataclass(frozen=True, slots=True)
class ReportedCause:
    """One cause as it is shown; `share` is of all failures, between 0 and 1.

    `redrive` is the command that sends its messages again, where that can be of use.
    """

    code: str
    advice_key: str
    advice: Advice
    count: int
    count_before: int
    share: float
    first_at: datetime
    last_at: datetime
    channels: tuple[Channel, ...]
    groups: tuple[NamedCount, ...]
    carriers: tuple[NamedCount, ...]
    domains: tuple[NamedCount, ...]
    countries: tuple[NamedCount, ...]
    recipients: tuple[str, ...]
    detail: str | None
    redrive: str | None

    @property
    def change(self) -> int:
        """How many more failures than in the period before, or fewer."""
        return self.count - self.count_before


@dataclass(frozen=True, slots=True)
class ReportTitle:
    """Which report it is; `kind` is ``daily`` …, or ``on_demand``; times are shown in `zone`."""

    stage: str
    kind: str
    period: Period
    zone: ZoneInfo
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Report:
    """A failure report.

    `causes` are sorted by count; `further_causes` and `further_failures` count what does not fit.
    The books tell how things stand at `title.made_at`, all else but some of the situation is of
    the period.
    """

    title: ReportTitle
    accepted: int
    failures: int
    failures_before: int
    causes: tuple[ReportedCause, ...]
    further_causes: int
    further_failures: int
    unmatched: int
    dead_letters: int
    situation: Situation
    books: Books

    @property
    def share(self) -> float | None:
        """Failures per accepted message; None if nothing was accepted.

        A failure counts when it becomes known, so the share can exceed 1.
        """
        return self.failures / self.accepted if self.accepted else None

    @property
    def change(self) -> int:
        """How many more failures than in the period before, or fewer."""
        return self.failures - self.failures_before

    @property
    def needs_attention(self) -> bool:
        """Whether a person should look at more than the failures' causes."""
        situation = self.situation
        return (
            not self.books.balanced
            or self.books.total.unconfirmed > 0
            or self.dead_letters > 0
            or situation.quarantined > 0
            or situation.overdue > 0
            or bool(situation.circuits)
        )

    def shortened(self, most_causes: int) -> "Report":
        """Return the report with at most so many causes told one by one."""
        rest = self.causes[most_causes:]
        return replace(
            self,
            causes=self.causes[:most_causes],
            further_causes=self.further_causes + len(rest),
            further_failures=self.further_failures + sum(cause.count for cause in rest),
        )


def build_report(
    title: ReportTitle,
    found: PeriodFailures,
    situation: Situation,
    books: Books,
    *,
    names_people: bool = False,
) -> Report:
    """Return the report on what was found in the title's period.

    Args:
        title: which report it is.
        found: what failed.
        situation: how sending goes.
        books: where every message stands.
        names_people: whether recipients are told as they are, and not masked.
    """
    ordered = sorted(found.causes, key=lambda cause: (-cause.count, cause.cause))
    causes = [
        _reported(cause, found.total, title.period, names_people=names_people) for cause in ordered
    ]
    whole = Report(
        title=title,
        accepted=found.accepted,
        failures=found.total,
        failures_before=found.failures_before,
        causes=tuple(causes),
        further_causes=0,
        further_failures=0,
        unmatched=found.unmatched,
        dead_letters=found.dead_letters,
        situation=situation,
        books=books,
    )
    return whole.shortened(MOST_CAUSES)


def listed(failure: Failure, *, names_people: bool) -> tuple[str, ...]:
    """Return a failure as the line of a list."""
    return (
        str(failure.message_id),
        failure.failed_at.isoformat(timespec="seconds"),
        failure.channel,
        failure.status,
        clean(failure.cause),
        clean(failure.group),
        _shown(failure.recipient, names_people=names_people),
    )


def _reported(
    cause: CauseCount, total: int, period: Period, *, names_people: bool
) -> ReportedCause:
    return ReportedCause(
        code=clean(cause.cause),
        advice_key=advice_key(cause.cause),
        advice=advise(cause.cause),
        count=cause.count,
        count_before=cause.count_before,
        share=cause.count / total,
        first_at=cause.first_at,
        last_at=cause.last_at,
        channels=cause.channels,
        groups=_cleaned(cause.groups),
        carriers=_cleaned(cause.carriers),
        domains=_cleaned(cause.domains),
        countries=countries(cause.numbers),
        recipients=tuple(_shown(one, names_people=names_people) for one in cause.recipients),
        detail=_words(cause.detail, names_people=names_people),
        redrive=_redrive(cause, period),
    )


def _redrive(cause: CauseCount, period: Period) -> str | None:
    """Return the command, if it can be copied: a code that had to be cleaned cannot."""
    if not cause.is_redrivable or clean(cause.cause) != cause.cause:
        return None
    return (
        f"message-tracker redrive --cause {shlex.quote(cause.cause)}"
        f" --since {_spelled(period.start)} --until {_spelled(period.end)}"
    )


def _spelled(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _cleaned(counts: Iterable[NamedCount]) -> tuple[NamedCount, ...]:
    return tuple(NamedCount(clean(one.name, 80), one.count) for one in counts)


def _words(detail: Personal | None, *, names_people: bool) -> str | None:
    if detail is None:
        return None
    # Masked between cleaning and cutting: an address that is cut, or split by what nobody sees,
    # would escape its mask.
    cleaned = clean(detail, 5000)
    return defang(clean(cleaned if names_people else mask_within(cleaned), 300)) or None


def _shown(address: Personal, *, names_people: bool) -> str:
    cleaned = clean(address, 320)
    return clean(cleaned if names_people else mask(cleaned), 80)
