"""Reports as tests need them, built from a few causes."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from message_tracker.core.domain.books import Balance, Books
from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.period import Period
from message_tracker.core.domain.report import (
    CauseCount,
    Failure,
    GroupCount,
    PeriodFailures,
    Report,
    ReportTitle,
    build_report,
)
from message_tracker.failed_message_reporter.rendering import Place

BERLIN = ZoneInfo("Europe/Berlin")
DAY = Period(datetime(2026, 8, 30, 22, tzinfo=UTC), datetime(2026, 8, 31, 22, tzinfo=UTC))
PLACE = Place("archive", "reports/r.html", "reports/r.txt", "reports/r.csv")
BALANCED = Books(Balance(10, 1, 7, 1, 0, 1), Balance(5, 0, 5))
AT_REST = Books(Balance(10, 1, 8, 1), Balance(5, 0, 5))


def a_cause(
    cause: str = "Bounce/Permanent/General",
    count: int = 1,
    *,
    channel: Channel = Channel.EMAIL,
    group: str = "autumn-sale",
    recipients: Sequence[str] = ("jane.doe@example.com",),
    detail: str | None = None,
) -> CauseCount:
    return CauseCount(
        cause=cause,
        count=count,
        first_at=DAY.start + timedelta(hours=3),
        last_at=DAY.start + timedelta(hours=9, minutes=5),
        channels=(channel,),
        groups=(GroupCount(group, count),),
        recipients=tuple(map(Personal, recipients)),
        detail=None if detail is None else Personal(detail),
    )


def a_report(
    *causes: CauseCount,
    accepted: int = 12_340,
    listed: Sequence[Failure] = (),
    unmatched: int = 0,
    dead_letters: int = 0,
    books: Books = AT_REST,
    period: Period = DAY,
) -> Report:
    return build_report(
        ReportTitle("prod", "daily", period, BERLIN, datetime(2026, 9, 1, 5, tzinfo=UTC)),
        PeriodFailures(accepted, causes, tuple(listed), unmatched, dead_letters),
        books,
    )
