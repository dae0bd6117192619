"""Figures, times and names as the report's reader expects them: the templates' filters."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from message_tracker.core.domain.advice import Fixer
from message_tracker.core.domain.books import Balance, Books, Gap, GapKind
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.report import GroupCount, Report, ReportedCause, ReportTitle

_TENTH_OF_A_PERCENT = 0.001
_TENTH = 0.1

_FIXERS = {
    Fixer.SENDER: "the sender",
    Fixer.RECIPIENT: "the recipient",
    Fixer.PROVIDER: "the provider",
    Fixer.OPERATOR: "the operator",
}
_CHANNELS = {Channel.EMAIL: "e-mail", Channel.TEXT: "SMS"}
_GAPS = {
    GapKind.LOST: "accepted, but without a status",
    GapKind.FORGOTTEN: "waiting, but no sender has anything to do for them",
    GapKind.LEFT_OVER: "given up, but a sender still has something to do for them",
}


def number(value: int) -> str:
    """Return ``12,340``."""
    return f"{value:,}"


def percent(share: float) -> str:
    """Return ``37%``, ``4.2%`` or, for what is hardly anything, ``<0.1%``."""
    if 0 < share < _TENTH_OF_A_PERCENT:
        return "<0.1%"
    return f"{share:.1%}" if 0 < share < _TENTH else f"{share:.0%}"


def bar_width(share: float) -> int:
    """Return the bar's length in percent; what there is can be seen."""
    return max(1, min(100, round(share * 100)))


def moment(at: datetime, zone: ZoneInfo) -> str:
    """Return ``Aug 31, 2026, 14:05`` by the zone's clock."""
    local = at.astimezone(zone)
    return f"{local:%b} {local.day}, {local:%Y, %H:%M}"


def kind(title: ReportTitle) -> str:
    """Return ``daily report``."""
    return f"{title.kind.replace('_', '-')} report"


def period(title: ReportTitle) -> str:
    """Return which day, or from when till when, and by whose clock."""
    start, end = (at.astimezone(title.zone) for at in (title.period.start, title.period.end))
    is_one_day = start.time() == end.time() == time() and end.date() == start.date() + timedelta(1)
    if is_one_day:
        return f"{start:%A}, {start:%B} {start.day}, {start.year} ({title.zone.key})"
    return f"{moment(start, title.zone)} to {moment(end, title.zone)} ({title.zone.key})"


def when(cause: ReportedCause, zone: ZoneInfo) -> str:
    """Return when the first and the last failure of the cause were."""
    first, last = moment(cause.first_at, zone), moment(cause.last_at, zone)
    if first == last:
        return first
    day, _, clock = last.rpartition(", ")
    return f"{first} to {clock}" if first.startswith(day) else f"{first} to {last}"


def fixer(who: Fixer) -> str:
    """Return who can act, in words."""
    return _FIXERS[who]


def channels(values: Sequence[Channel]) -> str:
    """Return ``e-mail and SMS``."""
    return " and ".join(_CHANNELS[value] for value in values)


def groups(values: Sequence[GroupCount]) -> str:
    """Return the groups, each with its count."""
    return ", ".join(f"{value.group} ({value.count:,})" for value in values)


def gap(found: Gap) -> str:
    """Return in what way how many messages of which group contradict the books."""
    return (
        f"{found.count:,} {_CHANNELS[found.channel]}, {_GAPS[found.kind]}, group {found.group_id}"
    )


def book_lines(books: Books) -> list[tuple[str, tuple[int, int, int]]]:
    """Return the lines of the books: a name, and the figures by e-mail, by SMS and in total."""
    readers: Mapping[str, Callable[[Balance], int]] = {
        "Accepted": lambda balance: balance.accepted,
        "Waiting": lambda balance: balance.waiting,
        "Sent": lambda balance: balance.sent,
        "Failed": lambda balance: balance.failed,
        "Stopped": lambda balance: balance.stopped,
        "Unconfirmed": lambda balance: balance.unconfirmed,
        "Difference": lambda balance: balance.difference,
    }
    return [
        (name, (read(books.email), read(books.text), read(books.total)))
        for name, read in readers.items()
    ]


def summary(report: Report) -> str:
    """Return what a mail client shows beside the subject: the commonest cause, or none."""
    if not report.causes:
        return "Nothing failed."
    first = report.causes[0]
    return f"{first.count:,}: {first.advice.meaning} {first.advice.remedy}"
