"""`message-tracker reports`: the analysis of days."""

from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.database import operator_database
from message_tracker.core.domain.daily import MOST_DAYS, Analysed, today
from message_tracker.core.domain.daily_sheet import cells, columns, sheet
from message_tracker.core.domain.period import Period, Schedule, period_before
from message_tracker.core.store.daily import DailyAnalytics, DaysAnswer, DaysQuestion

program = typer.Typer(no_args_is_help=True)

_NOON = 12


@program.callback()
def reports() -> None:
    """Reports on messages."""


@program.command("daily")
def daily(
    *,
    day: Annotated[
        str, typer.Option("--date", help="YYYY-MM-DD; by default the last day that is over")
    ] = "",
    last_day: Annotated[
        str, typer.Option("--to", help="YYYY-MM-DD, for all days from --date to this one")
    ] = "",
    by: Annotated[Analysed, typer.Option(help="what is counted together")] = Analysed.CHANNEL,
    time_zone: Annotated[
        str, typer.Option(help="whose day, as Europe/Berlin; any but UTC is counted now")
    ] = "UTC",
    limit: Annotated[int, typer.Option(min=1, help="lines at most")] = 1_000,
    is_csv: Annotated[bool, typer.Option("--csv", help="print CSV")] = False,
) -> None:
    """Analyse days: deliveries and their time, bounces by type, opens, cost, by what you name."""
    now, zone = datetime.now(UTC), _zone(time_zone)
    first = _date(day, "--date") if day else (now.astimezone(zone) - timedelta(days=1)).date()
    last = _date(last_day, "--to") if last_day else first
    _check(first, last, by, zone)
    question = DaysQuestion(first_day=first, last_day=last, by=by, limit=limit)
    with operator_database() as database:
        analytics = DailyAnalytics(database)
        if zone.key == "UTC":
            answer = analytics.read(question, today(now))
        else:
            answer = DaysAnswer(analytics.count_now(question, _period(first, zone)), [first], [])
    if is_csv:
        typer.echo(sheet(by, answer.lines, has_head=True), nl=False)
    else:
        _show(by, answer)
    for missing in answer.missing:
        typer.echo(f"{missing} is not counted yet: the next hourly run does", err=True)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise typer.BadParameter(
            f"{name!r} is no time zone: write a name of the IANA database, as Europe/Berlin",
            param_hint="--time-zone",
        ) from error


def _date(day: str, option: str) -> date:
    try:
        parsed = date.fromisoformat(day)
    except ValueError as error:
        raise _no_date(day, option) from error
    if parsed.year in (date.min.year, date.max.year):
        raise _no_date(day, option)
    return parsed


def _no_date(day: str, option: str) -> typer.BadParameter:
    return typer.BadParameter(f"{day!r} is no date: write it as 2026-09-01", param_hint=option)


def _check(first: date, last: date, by: Analysed, zone: ZoneInfo) -> None:
    days = (last - first).days + 1
    if not 1 <= days <= MOST_DAYS:
        raise typer.BadParameter(
            f"{first} to {last} are {days} days: ask for 1 to {MOST_DAYS}", param_hint="--to"
        )
    if days > 1 and (by is Analysed.USER or zone.key != "UTC"):
        raise typer.BadParameter(
            "by user, or in another time zone, one day is counted: leave --to out",
            param_hint="--to",
        )


def _period(day: date, zone: ZoneInfo) -> Period:
    after = day + timedelta(days=1)
    noon = datetime(after.year, after.month, after.day, _NOON, tzinfo=zone)
    return period_before(noon.astimezone(UTC), Schedule.DAILY, zone)


def _show(by: Analysed, answer: DaysAnswer) -> None:
    table = Table(*columns(by))
    for line in answer.lines:
        table.add_row(*cells(line))
    Console(highlight=False).print(table)
