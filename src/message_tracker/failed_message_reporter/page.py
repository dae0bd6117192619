"""What a report says, in words and in its order: the page and the text only lay it out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from message_tracker.core.domain.books import Balance, Books, Gap
from message_tracker.core.domain.report import Report, ReportedCause
from message_tracker.failed_message_reporter.notices import Notice, notices
from message_tracker.failed_message_reporter.wording import Wording, bar_width

MOST_GAPS = 10
"""Gaps of the books that are told one by one."""

_BOOK_LINES: dict[str, Callable[[Balance], int]] = {
    "books_accepted": lambda balance: balance.accepted,
    "books_waiting": lambda balance: balance.waiting,
    "books_sent": lambda balance: balance.sent,
    "books_failed": lambda balance: balance.failed,
    "books_stopped": lambda balance: balance.stopped,
    "books_unconfirmed": lambda balance: balance.unconfirmed,
    "books_difference": lambda balance: balance.difference,
}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that stands out, what it counts, and whether it is good news."""

    value: str
    label: str
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """Where there is more to see, and what."""

    text: str
    address: str


@dataclass(frozen=True, slots=True)
class CauseText:
    """A cause in words; `facts` are pairs of a name and what it is, or what they are."""

    meaning: str
    count: str
    share: str
    width: int
    remedy: str
    who: str
    change: str
    facts: tuple[tuple[str, tuple[str, ...]], ...]
    detail: str | None
    redrive: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """A report in words. `is_good`: there is nothing to do."""

    tag: str
    heading: str
    headline: str
    period: str
    change: str
    is_good: bool
    summary: str
    links: tuple[Link, ...]
    figures: tuple[Figure, ...]
    notices: tuple[Notice, ...]
    causes: tuple[CauseText, ...]
    quiet: str
    further: str
    books_are: str
    book_lines: tuple[tuple[str, tuple[str, str, str]], ...]
    balance: str
    is_balanced: bool
    gaps: tuple[tuple[str, str], ...]
    more_gaps: str
    foot: tuple[str, ...]


def page_of(report: Report, links: Sequence[Link], foot: Sequence[str], wording: Wording) -> Page:
    """Return the report in words; `foot` tells of its list, and where it is kept."""
    say, title = wording.language.say, report.title
    return Page(
        tag=wording.language.tag,
        heading=f"Message Tracker {title.stage} · {say(title.kind)}",
        headline=headline(report, wording),
        period=wording.period(title),
        change=_change(report, wording),
        is_good=not report.failures and not report.needs_attention,
        summary=_summary(report, wording),
        links=tuple(links),
        figures=_figures(report, wording),
        notices=notices(report, wording),
        causes=tuple(_cause(cause, report, wording) for cause in report.causes),
        quiet=_quiet(report, wording),
        further=_further(report, wording),
        books_are=say("books_are", at=wording.moment(title.made_at, title.zone)),
        book_lines=_book_lines(report.books, wording),
        balance=say("balanced" if report.books.balanced else "not_balanced"),
        is_balanced=report.books.balanced,
        gaps=tuple(_gap(gap, wording) for gap in report.books.gaps[:MOST_GAPS]),
        more_gaps=_more_gaps(report.books, wording),
        foot=(*foot, say("counted"), say("people")),
    )


def _change(report: Report, wording: Wording) -> str:
    """Return how many failed compared with the period before; nothing is new if nothing failed."""
    if report.failures and not report.failures_before:
        return wording.language.say("none_before")
    return wording.change(report.failures, report.failures_before)


def headline(report: Report, wording: Wording) -> str:
    """Return the report in a few words, also when there is nothing to report."""
    say = wording.language.say
    return say(
        "headline",
        failures=say("failures", report.failures),
        messages=say("messages", report.accepted),
    )


def _summary(report: Report, wording: Wording) -> str:
    """Return what a mail client shows beside the subject: the commonest cause, or none."""
    if not report.causes:
        return wording.language.say("nothing_failed")
    first = report.causes[0]
    meaning, remedy = wording.language.advice[first.advice_key]
    return wording.language.say("summary", first.count, meaning=meaning, remedy=remedy)


def _figures(report: Report, wording: Wording) -> tuple[Figure, ...]:
    say, number = wording.language.say, wording.language.number
    share = "\N{EN DASH}" if report.share is None else wording.percent(report.share)
    unconfirmed = report.books.total.unconfirmed
    return (
        Figure(number(report.accepted), say("accepted")),
        Figure(number(report.failures), say("failed"), report.failures > 0),
        Figure(share, say("of_accepted")),
        Figure(number(unconfirmed), say("unconfirmed_now"), unconfirmed > 0),
    )


def _cause(cause: ReportedCause, report: Report, wording: Wording) -> CauseText:
    say = wording.language.say
    meaning, remedy = wording.language.advice[cause.advice_key]
    facts = {
        "when": (wording.when(cause, report.title.zone),),
        "channels": (wording.channels(cause.channels),),
        "groups": wording.counts(cause.groups),
        "domains": wording.counts(cause.domains),
        "countries": wording.counts(cause.countries),
        "carriers": wording.counts(cause.carriers),
        "examples": cause.recipients,
        "code": (cause.code,) if cause.code else (),
    }
    return CauseText(
        meaning=meaning,
        count=wording.language.number(cause.count),
        share=wording.percent(cause.share),
        width=bar_width(cause.share),
        remedy=remedy,
        who=say(cause.advice.fixer.value),
        # Where nothing failed before, everything is new: said once, at the head.
        change=wording.change(cause.count, cause.count_before) if report.failures_before else "",
        facts=tuple((say(key), values) for key, values in facts.items() if values),
        detail=cause.detail,
        redrive=cause.redrive,
    )


def _quiet(report: Report, wording: Wording) -> str:
    if report.failures:
        return ""
    say = wording.language.say
    first = say("nothing_failed" if report.needs_attention else "nothing_to_do")
    return f"{first} {say('heartbeat')}"


def _further(report: Report, wording: Wording) -> str:
    if not report.further_causes:
        return ""
    say = wording.language.say
    causes = say("rarer_causes", report.further_causes)
    return say("further", report.further_failures, causes=causes)


def _book_lines(books: Books, wording: Wording) -> tuple[tuple[str, tuple[str, str, str]], ...]:
    """Return the lines of the books: a name, and the figures by e-mail, by SMS and in total."""
    say, number = wording.language.say, wording.language.number
    return tuple(
        (say(key), (number(read(books.email)), number(read(books.text)), number(read(books.total))))
        for key, read in _BOOK_LINES.items()
    )


def _gap(gap: Gap, wording: Wording) -> tuple[str, str]:
    """Return in what way how many messages of which group contradict the books, and which."""
    say = wording.language.say
    told = say(
        "gap",
        gap.count,
        channel=wording.channel(gap.channel),
        what=say(gap.kind.value),
        group=str(gap.group_id),
    )
    return told, " ".join(map(str, gap.message_ids))


def _more_gaps(books: Books, wording: Wording) -> str:
    more = len(books.gaps) - MOST_GAPS
    return wording.language.say("more_gaps", more) if more > 0 else ""
