"""`message-tracker canary`: one e-mail and one SMS to the simulators, followed to their end."""

import json
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import uuid4

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.client import ApiClient
from message_tracker.cli.settings import ClientSettings
from message_tracker.core.domain.errors import MessageTrackerError
from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.simulators import stand_in
from message_tracker.core.domain.status import FAILURES, MessageStatus

_POLL_SECONDS: Final = 0.5
_TEXT: Final = "Message Tracker canary"
# Simulators stand in for these.
_ANYBODY: Final = {Channel.EMAIL: Personal("anybody@example.com"), Channel.TEXT: Personal("+1")}

OneOrBoth = Annotated[
    list[Channel] | None, typer.Option("--channel", help="only this one; both if not given")
]


@dataclass(frozen=True, slots=True)
class Flight:
    """One message on its way: what is known of it, and seconds since it was asked for."""

    channel: Channel
    message_id: str | None = None
    status: str = "not accepted"
    accepted_after: float | None = None
    sent_after: float | None = None
    delivered_after: float | None = None
    why: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether waiting longer could change nothing."""
        return self.message_id is None or self.is_well or self.status in FAILURES

    @property
    def is_well(self) -> bool:
        """Whether it was delivered."""
        return self.status == MessageStatus.DELIVERED


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
    client = ApiClient(settings.api_url, settings.api_key)
    flights = _followed(client, [_start(client, each) for each in channel or Channel], within)
    if json_output:
        typer.echo(json.dumps([asdict(each) for each in flights], indent=2))
    else:
        Console().print(_table(flights))
    raise typer.Exit(0 if all(each.is_well for each in flights) else 1)


def _start(client: ApiClient, channel: Channel) -> Flight:
    """Send one message; a refusal is kept, so that the other channel is tried all the same."""
    body = {"to": stand_in(channel, _ANYBODY[channel]), "message": _TEXT, "group": "canary"}
    subject = {"subject": _TEXT} if channel is Channel.EMAIL else {}
    begun = time.monotonic()
    try:
        answer = client.post("/send", body | subject, idempotency_key=str(uuid4()))
    except MessageTrackerError as error:
        return Flight(channel, why=str(error))
    return Flight(
        channel, answer["message_ids"][0], "queued", accepted_after=time.monotonic() - begun
    )


def _followed(client: ApiClient, flights: Sequence[Flight], within: float) -> Sequence[Flight]:
    """Look at the messages until each has ended, or the time is up."""
    deadline, pause = time.monotonic() + within, threading.Event()
    while not all(each.has_ended for each in flights) and time.monotonic() < deadline:
        pause.wait(_POLL_SECONDS)
        flights = [each if each.has_ended else _looked_at(client, each) for each in flights]
    return flights


def _looked_at(client: ApiClient, flight: Flight) -> Flight:
    try:
        seen = client.get(f"/messages/{flight.message_id}")
    except MessageTrackerError as error:  # the next look may find it
        return Flight(
            flight.channel, flight.message_id, flight.status, flight.accepted_after, why=str(error)
        )
    return Flight(
        flight.channel,
        flight.message_id,
        seen["status"],
        flight.accepted_after,
        _after(seen, "sent_at"),
        _after(seen, "delivered_at"),
        seen["cause"] or "",
    )


def _after(message: Mapping[str, Any], moment: str) -> float | None:
    """Return the seconds from the message's acceptance to one of its moments."""
    if message[moment] is None:
        return None
    accepted = datetime.fromisoformat(message["created_at"])
    return (datetime.fromisoformat(message[moment]) - accepted).total_seconds()


def _table(flights: Sequence[Flight]) -> Table:
    table = Table("channel", "status", "accepted", "sent", "delivered", "why")
    for each in flights:
        moments = (each.accepted_after, each.sent_after, each.delivered_after)
        shown = ["-" if seconds is None else f"{seconds:.1f} s" for seconds in moments]
        late = "" if each.has_ended else "no event in time; "
        table.add_row(each.channel, each.status, *shown, late + each.why)
    return table
