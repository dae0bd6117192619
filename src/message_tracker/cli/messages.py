"""`message-tracker send` and `status`, through the API."""

import json
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.settings import ClientSettings
from message_tracker.core.caller.client import ApiClient
from message_tracker.core.domain.errors import PermanentError


def send(
    to: Annotated[list[str], typer.Argument(help="phone numbers (+…) and e-mail addresses")],
    *,
    message: Annotated[str, typer.Option("--message", "-m", help="what to say")],
    subject: Annotated[str | None, typer.Option(help="subject, for e-mail")] = None,
    group: Annotated[str | None, typer.Option(help="campaign to count it under")] = None,
    json_output: Annotated[bool, typer.Option("--json", help="print the API's answer")] = False,
) -> None:
    """Send a message to one or more recipients and print its ids."""
    optional = {"subject": subject, "group": group}
    body = {"to": to, "message": message} | {k: v for k, v in optional.items() if v is not None}
    # A key of our own: if the answer is lost, running the same process again is not our retry.
    answer = _client().post("/send", body, idempotency_key=str(uuid4()))
    if json_output:
        typer.echo(json.dumps(answer, indent=2))
        return
    console = Console()
    console.print(f"group {answer['group_id']}")
    for message_id in answer["message_ids"]:
        console.print(f"message {message_id}")


def status(
    identifier: Annotated[UUID, typer.Argument(help="a message's or a group's id")],
    *,
    json_output: Annotated[bool, typer.Option("--json", help="print the API's answer")] = False,
) -> None:
    """Show where a message or a group stands."""
    client = _client()
    try:
        answer = client.get(f"/messages/{identifier}")
        shown = _message_table(answer)
    except PermanentError:
        answer = client.get(f"/groups/{identifier}")
        shown = _group_table(answer)
    if json_output:
        typer.echo(json.dumps(answer, indent=2))
    else:
        Console().print(shown)


def _client() -> ApiClient:
    settings = ClientSettings.from_env()
    return ApiClient(settings.api_url, settings.api_key)


def _message_table(message: dict[str, Any]) -> Table:
    table = Table("when", "what", "why", title=f"{message['channel']}: {message['status']}")
    for event in message["events"]:
        table.add_row(event["occurred_at"], event["event_type"], event.get("cause") or "")
    return table


def _group_table(group: dict[str, Any]) -> Table:
    table = Table("status", "messages", title=f"group {group.get('name') or group['group_id']}")
    for name, count in group["statuses"].items():
        table.add_row(name, str(count))
    return table
