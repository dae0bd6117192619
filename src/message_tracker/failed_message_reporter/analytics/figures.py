"""A day's figures in words and tables: the page and the text only lay them out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from message_tracker.core.domain.daily import Analysed, DayLine
from message_tracker.core.domain.report import ReportTitle
from message_tracker.failed_message_reporter.page import Figure
from message_tracker.failed_message_reporter.wording import Wording

MOST_ROWS: Final = 10
"""Labels of a table, the commonest; the API has them all."""

_TABLES: Final = {
    Analysed.CHANNEL: "channels_table",
    Analysed.REPORT_TYPE: "report_types",
    Analysed.GROUP: "groups",
    Analysed.TEMPLATE: "templates",
    Analysed.MAILBOX_PROVIDER: "domains",
    Analysed.CARRIER: "carriers",
}
TOLD: Final = tuple(_TABLES)
"""What a mail counts by."""

_COLUMNS: Final = ("day_sent", "day_delivered", "day_bounced", "day_opened", "day_half_within")
_MINUTE: Final = 60
_LONG: Final = 90  # of a unit, from which on the next larger one is used


@dataclass(frozen=True, slots=True)
class Day:
    """A day's lines, by what is told of; `accepted_before` is the count of the day before."""

    title: ReportTitle
    lines: Mapping[Analysed, Sequence[DayLine]]
    accepted_before: int

    @property
    def channels(self) -> Sequence[DayLine]:
        """The day by channel, which together are the whole day."""
        return self.lines[Analysed.CHANNEL]

    def total(self, name: str) -> int:
        """Return the whole day's count of that name."""
        return sum(getattr(line, name) for line in self.channels)


@dataclass(frozen=True, slots=True)
class FigureTable:
    """What the messages are counted by, the columns, and a row for each label."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class FiguresPage:
    """A day's figures in words. `is_good`: they ask for nothing to be done."""

    is_good: ClassVar[bool] = True

    tag: str
    heading: str
    headline: str
    period: str
    change: str
    figures: tuple[Figure, ...]
    tables: tuple[FigureTable, ...]
    foot: tuple[str, ...]


def figures_of(day: Day, wording: Wording) -> FiguresPage:
    """Return the day in words."""
    say = wording.language.say
    return FiguresPage(
        tag=wording.language.tag,
        heading=f"Message Tracker {day.title.stage} · {say('daily_figures')}",
        headline=headline_of(day, wording),
        period=wording.period(day.title),
        change=wording.change(day.total("accepted"), day.accepted_before),
        figures=_figures(day, wording),
        tables=tuple(_table(by, day.lines[by], wording) for by in TOLD if day.lines[by]),
        foot=(
            say("day_counted"),
            say("day_more", day=day.title.period.start.date().isoformat()),
        ),
    )


def headline_of(day: Day, wording: Wording) -> str:
    """Return the day in a few words, also when there was nothing."""
    say, accepted = wording.language.say, day.total("accepted")
    if not accepted:
        return say("day_of_none")
    share = _share(day.total("delivered"), day.total("sent"), wording)
    return say("day_headline", messages=say("messages", accepted), share=share)


def _figures(day: Day, wording: Wording) -> tuple[Figure, ...]:
    say, sent = wording.language.say, day.total("sent")
    bounced, complained = day.total("bounced_permanent"), day.total("complained")
    return (
        Figure(wording.language.number(day.total("accepted")), say("accepted")),
        Figure(_share(day.total("delivered"), sent, wording), say("day_delivered")),
        Figure(_share(bounced, sent, wording), say("day_bounced"), bounced > 0),
        Figure(wording.language.number(complained), say("day_complained"), complained > 0),
    )


def _table(by: Analysed, lines: Sequence[DayLine], wording: Wording) -> FigureTable:
    say = wording.language.say
    rows = tuple(_row(by, line, wording) for line in lines[:MOST_ROWS])
    return FigureTable(say(_TABLES[by]), tuple(say(name) for name in _COLUMNS), rows)


def _row(by: Analysed, line: DayLine, wording: Wording) -> tuple[str, ...]:
    return (
        _label(by, line.label, wording),
        wording.language.number(line.sent),
        _share(line.delivered, line.sent, wording),
        _share(line.bounced_permanent, line.sent, wording),
        _share(line.opened, line.delivered, wording),
        "\N{EN DASH}" if line.p50 is None else _duration(line.p50),
    )


def _label(by: Analysed, label: str, wording: Wording) -> str:
    say = wording.language.say
    if by is Analysed.CHANNEL:
        return say(label)
    return {"": say("day_without"), "other": say("day_others")}.get(label, label)


def _share(part: int, whole: int, wording: Wording) -> str:
    return wording.percent(part / whole) if whole else "\N{EN DASH}"


def _duration(seconds: float) -> str:
    """Return ``12 s``, ``4 min`` or ``3 h``, which reads the same in every language here."""
    if seconds < _LONG:
        return f"{seconds:.0f} s"
    minutes = seconds / _MINUTE
    return f"{minutes:.0f} min" if minutes < _LONG else f"{minutes / _MINUTE:.0f} h"
