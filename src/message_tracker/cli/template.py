"""`message-tracker template`: named texts with versions, through the API."""

import json
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.settings import ClientSettings
from message_tracker.core.caller.client import ApiClient
from message_tracker.core.domain.errors import PermanentError

program = typer.Typer(no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="of the template")]
Version = Annotated[int | None, typer.Option(help="an earlier version; else the latest")]


@program.command()
def push(
    file: Annotated[
        Path, typer.Argument(help="JSON with subject, html, text, message", exists=True)
    ],
    *,
    name: Annotated[str | None, typer.Option(help="else the file's, or its `name`")] = None,
) -> None:
    """Keep a template: a new version, unless the latest says just this."""
    texts = _json_object(file.read_text("utf-8"), str(file))
    named = {"name": name} if name else {"name": file.stem, **texts}
    kept = _client().post("/templates", {**texts, **named})
    Console().print(f"{kept['name']} version {kept['version']}", highlight=False)


@program.command("list")
def list_() -> None:
    """List the templates that are not archived, by name."""
    table = Table("name", "version", "channels", "made")
    client, after = _client(), ""
    while after is not None:
        page = client.get(f"/templates?limit=200&after={quote(after, safe='')}")
        for each in page["templates"]:
            channels = ", ".join(each["channels"])
            table.add_row(each["name"], str(each["version"]), channels, each["created_at"])
        after = page["next"]
    Console().print(table)


@program.command()
def show(name: Name, *, version: Version = None) -> None:
    """Print a version as JSON: its texts, and the variables that it takes."""
    version_path = "" if version is None else f"/versions/{version}"
    typer.echo(_indented(_client().get(f"/templates/{quote(name, safe='')}{version_path}")))


@program.command()
def preview(
    name: Name,
    *,
    data: Annotated[str, typer.Option(help='somebody\'s data: \'{"name": "Ann"}\'')] = "{}",
    version: Version = None,
) -> None:
    """Print what somebody with this data would be sent; nothing is."""
    body: dict[str, Any] = {"data": _json_object(data, "--data")}
    if version is not None:
        body["version"] = version
    typer.echo(_indented(_client().post(f"/templates/{quote(name, safe='')}/preview", body)))


def _json_object(text: str, where: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise PermanentError(f"{where} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise PermanentError(f'{where} is no JSON object: write {{"message": "Hi {{{{ name }}}}"}}')
    return value


def _indented(answer: dict[str, Any]) -> str:
    return json.dumps(answer, indent=2, ensure_ascii=False)


def _client() -> ApiClient:
    settings = ClientSettings.from_env()
    return ApiClient(settings.api_url, settings.api_key)
