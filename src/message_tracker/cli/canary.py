"""`message-tracker canary`: one e-mail and one SMS to the simulators, followed to their end."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.settings import ClientSettings
from message_tracker.core.caller.canary import Canary
from message_tracker.core.caller.client import ApiClient
from message_tracker.core.domain.canary import Flight
from message_tracker.core.domain.message import Channel

_POLL_SECONDS: Final = 0.5
_GROUP: Final = "canary"

OneOrBoth = Annotated[
    list[Channel] | None, typer.Option("--channel", help="only this one; both if not given")
]


def canary(
    *,
    channel: OneOrBoth = None,
    within: Annotated[float, typer.Option(min=1, help="seconds to wait for their events")] = 180.0,
    json_output: Annotated[bool, typer.Option("--json", help="print it as JSON")] = False,
) -> None:
    """Send to the providers' simulators, wait for the events, exit with 1 unless both arrive.

    What is sent reaches nobody; AWS bills it as any other message.
    """
    settings = ClientSettings.from_env()
    api = ApiClient(settings.api_url, settings.api_key)
    flights = Canary(api, _GROUP, within, _POLL_SECONDS).fly(channel or Channel)
    if json_output:
        typer.echo(json.dumps([asdict(each) for each in flights], indent=2))
    else:
        Console().print(_table(flights))
    raise typer.Exit(0 if all(each.is_well for each in flights) else 1)


def _table(flights: Sequence[Flight]) -> Table:
    table = Table("channel", "status", "accepted", "sent", "delivered", "why")
    for each in flights:
        moments = (each.accepted_after, each.sent_after, each.delivered_after)
        shown = ["-" if seconds is None else f"{seconds:.1f} s" for seconds in moments]
        late = "" if each.has_ended else "no event in time; "
        table.add_row(each.channel, each.status, *shown, late + each.why)
    return table
