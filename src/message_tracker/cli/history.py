"""`message-tracker messages`: messages searched and exported, through the API."""

import sys
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.settings import ClientSettings
from message_tracker.core.caller.client import ApiClient
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus

_COLUMNS = ("created_at", "message_id", "channel", "to", "status", "cause")


class _Format(StrEnum):
    CSV = "csv"
    NDJSON = "ndjson"


def messages(  # noqa: PLR0913 - an option each
    *,
    to: Annotated[str | None, typer.Option(help="the recipient")] = None,
    provider_message_id: Annotated[str | None, typer.Option()] = None,
    group: Annotated[str | None, typer.Option(help="the group's id or name")] = None,
    user_id: Annotated[str | None, typer.Option()] = None,
    status: Annotated[MessageStatus | None, typer.Option()] = None,
    channel: Annotated[Channel | None, typer.Option()] = None,
    since: Annotated[str | None, typer.Option("--from", help="as 2030-01-31T09:00:00Z")] = None,
    until: Annotated[str | None, typer.Option(help="as 2030-01-31T09:00:00Z")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="messages at most")] = 50,
    json_output: Annotated[bool, typer.Option("--json", help="a JSON object a line")] = False,
    export: Annotated[_Format | None, typer.Option(help="all there are, to stdout")] = None,
) -> None:
    """Search messages, the newest first."""
    asked = {
        "to": to,
        "provider_message_id": provider_message_id,
        "group": group,
        "user_id": user_id,
        "status": status,
        "channel": channel,
        "from": since,
        "until": until,
    }
    filters = {name: str(value) for name, value in asked.items() if value is not None}
    settings = ClientSettings.from_env()
    client = ApiClient(settings.api_url, settings.api_key)
    if export:
        _export(client, {**filters, "format": export})
    elif json_output:
        _export(client, {**filters, "format": _Format.NDJSON}, lines=limit)
    else:
        _show(client, filters, limit)


def _export(client: ApiClient, parameters: dict[str, str], lines: int | None = None) -> None:
    left = sys.maxsize if lines is None else lines
    for text in client.pages("/messages/export?" + urlencode(parameters)):
        taken = text.splitlines(keepends=True)[:left]
        left -= len(taken)
        typer.echo("".join(taken), nl=False)
        if not left:
            return


def _show(client: ApiClient, filters: dict[str, str], limit: int) -> None:
    table = Table(*_COLUMNS)
    cursor: dict[str, str] = {}
    while limit > table.row_count:
        page = {"limit": str(min(200, limit - table.row_count))}
        answer = client.get("/messages?" + urlencode({**filters, **page, **cursor}))
        for message in answer["messages"]:
            table.add_row(*(str(message[column] or "") for column in _COLUMNS))
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"]}
    Console().print(table)
