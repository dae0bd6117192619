"""`message-tracker stats`: what became of a period's messages, through the API."""

import json
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.settings import ClientSettings
from message_tracker.core.caller.client import ApiClient

_COUNTS: Final = (
    "accepted", "sent", "delivered", "bounced", "complained", "opened", "clicked", "unsubscribed",
    "segments",
)  # fmt: skip
_RATES: Final = ("delivery_rate", "bounce_rate", "open_rate", "click_rate")


def stats(
    *,
    from_: Annotated[str, typer.Option("--from", help="first day, YYYY-MM-DD (UTC)")] = "",
    to: Annotated[str, typer.Option(help="last day; by default today")] = "",
    by: Annotated[
        str, typer.Option(help="one or two of day,group,channel,status,template,report_type,user")
    ] = "day",
    user: Annotated[str, typer.Option(help="this user's messages only")] = "",
    json_output: Annotated[bool, typer.Option("--json", help="print the API's answer")] = False,
) -> None:
    """Show what became of a period's messages."""
    asked = {"from": from_, "to": to, "by": by, "user": user}
    settings = ClientSettings.from_env()
    query = urlencode({name: value for name, value in asked.items() if value})
    answer = ApiClient(settings.api_url, settings.api_key).get(f"/stats?{query}")
    if json_output:
        typer.echo(json.dumps(answer, indent=2))
        return
    Console().print(_table(answer))
    if not answer["is_complete"]:
        Console(stderr=True).print("There are more rows: ask for a shorter period.")


def _table(answer: dict[str, Any]) -> Table:
    names = [*answer["by"], *_COUNTS, *_RATES]
    table = Table(*names, title=f"{answer['from']} to {answer['to']}")
    for row in answer["rows"]:
        shares = ["" if row[name] is None else f"{row[name]:.1%}" for name in _RATES]
        table.add_row(*(str(row[name]) for name in [*answer["by"], *_COUNTS]), *shares)
    return table
