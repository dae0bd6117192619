"""The failure report: what failed in a period, why, and what to do.

Everything a report says of people is masked, and all that others wrote is cleaned, so that whoever
renders it has only to escape.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from message_tracker.core.domain.advice import Advice, advise
from message_tracker.core.domain.books import Books
from message_tracker.core.domain.foreign_text import clean, defang
from message_tracker.core.domain.masking import mask, mask_within
from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.period import Period
from message_tracker.core.domain.status import MessageStatus

MOST_CAUSES = 15
"""Causes a report tells of one by one: mail clients cut a long message off."""

MOST_LISTED = 1000
"""Failures a report lists one by one."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed message of the period."""

    message_id: UUID
    failed_at: datetime
    channel: Channel
    status: MessageStatus
    cause: str
    group: str
    recipient: Personal


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How many failures of a cause a group had."""

    group: str
    count: int


@dataclass(frozen=True, slots=True)
class CauseCount:
    """The failures of one cause; groups, recipients and the provider's words are examples."""

    cause: str
    count: int
    first_at: datetime
    last_at: datetime
    channels: tuple[Channel, ...]
    groups: tuple[GroupCount, ...]
    recipients: tuple[Personal, ...]
    detail: Personal | None


@dataclass(frozen=True, slots=True)
class PeriodFailures:
    """What the store knows of a period.

    `accepted` counts the messages accepted in it, `listed` holds its first failures, `unmatched`
    counts failure events of messages that are not ours, `dead_letters` what queues gave up.
    """

    accepted: int
    causes: tuple[CauseCount, ...]
    listed: tuple[Failure, ...]
    unmatched: int
    dead_letters: int

    @property
    def total(self) -> int:
        """The number of messages that failed."""
        return sum(cause.count for cause in self.causes)


@dataclass(frozen=True, slots=True)
class ReportedCause:
    """One cause as it is shown; `share` is of all failures, between 0 and 1."""

    code: str
    advice: Advice
    count: int
    share: float
    first_at: datetime
    last_at: datetime
    channels: tuple[Channel, ...]
    groups: tuple[GroupCount, ...]
    recipients: tuple[str, ...]
    detail: str | None


@dataclass(frozen=True, slots=True)
class ListedFailure:
    """One failure as it is listed."""

    message_id: UUID
    failed_at: datetime
    channel: Channel
    status: MessageStatus
    cause: str
    group: str
    recipient: str


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
    The books tell how things stand at `title.made_at`, all else is of the period.
    """

    title: ReportTitle
    accepted: int
    failures: int
    causes: tuple[ReportedCause, ...]
    further_causes: int
    further_failures: int
    listed: tuple[ListedFailure, ...]
    unmatched: int
    dead_letters: int
    books: Books

    @property
    def share(self) -> float | None:
        """Failures per accepted message; None if nothing was accepted.

        A failure counts when it becomes known, so the share can exceed 1.
        """
        return self.failures / self.accepted if self.accepted else None

    @property
    def headline(self) -> str:
        """The report in a few words, also when there is nothing to report."""
        noun = "failure" if self.failures == 1 else "failures"
        among = "message" if self.accepted == 1 else "messages"
        return f"{self.failures:,} {noun} among {self.accepted:,} {among}"

    @property
    def needs_attention(self) -> bool:
        """Whether a person should look at more than the failures' causes."""
        return not self.books.balanced or self.dead_letters > 0 or self.books.total.unconfirmed > 0


def build_report(title: ReportTitle, found: PeriodFailures, books: Books) -> Report:
    """Return the report on what was found in the title's period."""
    ordered = sorted(found.causes, key=lambda cause: (-cause.count, cause.cause))
    rest = ordered[MOST_CAUSES:]
    return Report(
        title=title,
        accepted=found.accepted,
        failures=found.total,
        causes=tuple(_reported(cause, found.total) for cause in ordered[:MOST_CAUSES]),
        further_causes=len(rest),
        further_failures=sum(cause.count for cause in rest),
        listed=_listed(found.listed),
        unmatched=found.unmatched,
        dead_letters=found.dead_letters,
        books=books,
    )


def _reported(cause: CauseCount, total: int) -> ReportedCause:
    return ReportedCause(
        code=clean(cause.cause),
        advice=advise(cause.cause),
        count=cause.count,
        share=cause.count / total,
        first_at=cause.first_at,
        last_at=cause.last_at,
        channels=cause.channels,
        groups=tuple(GroupCount(clean(one.group, 80), one.count) for one in cause.groups),
        recipients=tuple(_masked(address) for address in cause.recipients),
        detail=_words(cause.detail),
    )


def _words(detail: Personal | None) -> str | None:
    if detail is None:
        return None
    # Masked between cleaning and cutting: an address that is cut, or split by what nobody sees,
    # would escape its mask.
    masked = mask_within(clean(detail, 5000))
    return defang(clean(masked, 300)) or None


def _masked(address: Personal) -> str:
    return clean(mask(clean(address, 320)), 80)


def _listed(failures: Sequence[Failure]) -> tuple[ListedFailure, ...]:
    return tuple(
        ListedFailure(
            message_id=one.message_id,
            failed_at=one.failed_at,
            channel=one.channel,
            status=one.status,
            cause=clean(one.cause),
            group=clean(one.group),
            recipient=_masked(one.recipient),
        )
        for one in failures
    )
