"""Reports as tests need them, built from a few causes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from message_tracker.core.domain.books import Balance, Books
from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.period import Period
from message_tracker.core.domain.period_failures import (
    CauseCount,
    NamedCount,
    NumberCount,
    PeriodFailures,
)
from message_tracker.core.domain.report import Report, ReportTitle, build_report
from message_tracker.core.domain.situation import Situation
from message_tracker.failed_message_reporter.language import language
from message_tracker.failed_message_reporter.mail import Place
from message_tracker.failed_message_reporter.wording import Wording

ENGLISH = Wording(language("en"))
GERMAN = Wording(language("de"))
BERLIN = ZoneInfo("Europe/Berlin")
DAY = Period(datetime(2026, 8, 30, 22, tzinfo=UTC), datetime(2026, 8, 31, 22, tzinfo=UTC))
PLACE = Place(
    "archive",
    "reports/r.html",
    "reports/r.txt",
    "reports/r.csv",
    web="https://api.example.com/r/token",
    dashboard="https://console.example.com",
)
BALANCED = Books(Balance(10, 1, 7, 1, 0, 1), Balance(5, 0, 5))
CALM = Situation()
AT_REST = Books(Balance(10, 1, 8, 1), Balance(5, 0, 5))


def a_cause(  # noqa: PLR0913 - what a cause may have
    cause: str = "Bounce/Permanent/General",
    count: int = 1,
    *,
    before: int = 0,
    channel: Channel = Channel.EMAIL,
    group: str = "autumn-sale",
    carriers: Sequence[str] = (),
    domains: Sequence[str] = (),
    numbers: Sequence[str] = (),
    recipients: Sequence[str] = ("jane.doe@example.com",),
    detail: str | None = None,
    is_redrivable: bool = False,
) -> CauseCount:
    return CauseCount(
        cause=cause,
        count=count,
        count_before=before,
        first_at=DAY.start + timedelta(hours=3),
        last_at=DAY.start + timedelta(hours=9, minutes=5),
        is_redrivable=is_redrivable,
        channels=(channel,),
        groups=(NamedCount(group, count),),
        carriers=tuple(NamedCount(name, 1) for name in carriers),
        domains=tuple(NamedCount(name, 1) for name in domains),
        numbers=tuple(NumberCount(Personal(number), 1) for number in numbers),
        recipients=tuple(map(Personal, recipients)),
        detail=None if detail is None else Personal(detail),
    )


def a_report(
    *causes: CauseCount,
    accepted: int = 12_340,
    before: int = 0,
    unmatched: int = 0,
    dead_letters: int = 0,
    books: Books = AT_REST,
    situation: Situation = CALM,
    period: Period = DAY,
    names_people: bool = False,
) -> Report:
    return build_report(
        ReportTitle("prod", "daily", period, BERLIN, datetime(2026, 9, 1, 5, tzinfo=UTC)),
        PeriodFailures(accepted, before, causes, unmatched, dead_letters),
        situation,
        books,
        names_people=names_people,
    )
