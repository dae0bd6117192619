"""`message-tracker reports`: the analysis of a day."""

from collections.abc import Sequence
from dataclasses import astuple, fields
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.database import operator_database
from message_tracker.core.domain.period import Period, Schedule, period_before
from message_tracker.core.domain.spreadsheet import csv_of
from message_tracker.core.store.daily import Analysed, DayLine, analyse_day

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
    by: Annotated[Analysed, typer.Option(help="what is counted together")] = Analysed.CHANNEL,
    time_zone: Annotated[str, typer.Option(help="whose day, as Europe/Berlin")] = "UTC",
    limit: Annotated[int, typer.Option(min=1, help="lines at most")] = 1_000,
    is_csv: Annotated[bool, typer.Option("--csv", help="print CSV")] = False,
) -> None:
    """Analyse a day: deliveries and their time, bounces by type, opens, cost, by what you name."""
    period = _period(day, _zone(time_zone))
    with operator_database() as database:
        lines = analyse_day(database, period, by, limit=limit)
    if is_csv:
        typer.echo(csv_of([_names(by), *(_cells(line) for line in lines)]), nl=False)
    else:
        _show(period, by, lines)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise typer.BadParameter(
            f"{name!r} is no time zone: write a name of the IANA database, as Europe/Berlin",
            param_hint="--time-zone",
        ) from error


def _period(day: str, zone: ZoneInfo) -> Period:
    if not day:
        return period_before(datetime.now(UTC), Schedule.DAILY, zone)
    try:
        after = date.fromisoformat(day) + timedelta(days=1)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"{day!r} is no date: write it as 2026-09-01", param_hint="--date"
        ) from error
    noon = datetime(after.year, after.month, after.day, _NOON, tzinfo=zone)
    return period_before(noon.astimezone(UTC), Schedule.DAILY, zone)


def _names(by: Analysed) -> list[str]:
    return [by, *(field.name for field in fields(DayLine)[1:])]


def _cells(line: DayLine) -> list[str]:
    return ["" if value is None else _text(value) for value in astuple(line)]


def _text(value: object) -> str:
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _show(period: Period, by: Analysed, lines: Sequence[DayLine]) -> None:
    title = f"Accepted from {period.start:%F %H:%M} to {period.end:%F %H:%M} UTC"
    table = Table(*_names(by), title=title)
    for line in lines:
        table.add_row(*_cells(line))
    Console(highlight=False).print(table)
