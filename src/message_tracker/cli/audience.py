"""`message-tracker audience`: named lists of recipients, through the API."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Table

from message_tracker.api.list_file import format_of, read_list
from message_tracker.cli.settings import ClientSettings
from message_tracker.core.caller.client import ApiClient
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.audience import check_audience_name
from message_tracker.core.domain.errors import ConfigurationFault, PermanentError
from message_tracker.core.domain.problem import Fault, RequestRefused
from message_tracker.core.domain.recipient_list import ListFormat, ListLine, Place
from message_tracker.core.domain.recipients import Addressee

program = typer.Typer(no_args_is_help=True)

# Of one request: members, and bytes of JSON, of which the API takes 5 MiB.
_MOST_MEMBERS: Final = 5_000
_MOST_BYTES: Final = 4 << 20
_SHOWN: Final = 100  # bad lines


@dataclass(slots=True)
class Checked:
    """What a look at the whole file found."""

    members: int = 0
    faults: list[Fault] = field(default_factory=list)


@program.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help=".csv or .ndjson, also .gz", exists=True)],
    *,
    name: Annotated[str, typer.Option(help="the audience; it is made if it is new")],
    partial: Annotated[
        bool, typer.Option(help="import the good lines even if others are bad")
    ] = False,
    region: Annotated[
        str, typer.Option(help="of phone numbers without a country code, as US")
    ] = "",
) -> None:
    """Add the recipients of a file to an audience; a bad line refuses the file.

    Running it again changes nothing: a member that is there already is updated.
    """
    form = _format(file)
    path = f"/audiences/{_checked_name(name)}"
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description:<9}"), BarColumn(), TextColumn("{task.completed:,.0f}"),
        console=console,
    ) as progress:  # fmt: skip
        checked = _check(_lines(file, form, region), progress)
        _name_faults(checked.faults, console)
        if not checked.members or (checked.faults and not partial):
            raise PermanentError(
                f"nothing was imported: {len(checked.faults)} lines are bad, {checked.members}"
                " recipients good; correct the lines, or import the good ones with --partial"
            )
        client = _client()
        client.put(path)
        added, updated = _import(client, path, _lines(file, form, region), progress, checked)
    typer.echo(f"{added} added, {updated} updated, {len(checked.faults)} lines refused")


@program.command("list")
def list_() -> None:
    """Show every audience with its counts."""
    table = Table("audience", "members", "e-mail", "text")
    for each in _client().get("/audiences")["audiences"]:
        table.add_row(each["name"], *(str(each[count]) for count in ("members", "email", "text")))
    Console().print(table)


def _format(file: Path) -> ListFormat:
    if (form := format_of(file.name)) is None:
        raise ConfigurationFault(f"{file.name}: name it .csv or .ndjson (or .csv.gz, .ndjson.gz)")
    return form


def _checked_name(name: str) -> str:
    try:
        return quote(check_audience_name(name))
    except RequestRefused as error:
        raise ConfigurationFault(error.problem.faults[0].detail) from error


def _lines(file: Path, form: ListFormat, region: str) -> Iterator[ListLine]:
    with file.open("rb") as stream:
        yield from read_list(stream, form, Place(), AddressRules(region))


def _check(lines: Iterator[ListLine], progress: Progress) -> Checked:
    task = progress.add_task("checking", total=None)
    checked = Checked()
    for line in lines:
        checked.members += len(line.addressees)
        checked.faults += line.faults
        progress.advance(task)
    progress.update(task, total=progress.tasks[task].completed)
    return checked


def _name_faults(faults: Sequence[Fault], console: Console) -> None:
    for fault in faults[:_SHOWN]:
        place = fault.pointer.rpartition("/")[2]
        console.print(f"line {place}: {fault.detail}", highlight=False, markup=False)
    if len(faults) > _SHOWN:
        console.print(f"… and {len(faults) - _SHOWN} more", highlight=False)


def _import(
    client: ApiClient,
    path: str,
    lines: Iterator[ListLine],
    progress: Progress,
    checked: Checked,
) -> tuple[int, int]:
    task = progress.add_task("importing", total=checked.members)
    added = updated = 0
    members = (addressee for line in lines for addressee in line.addressees)
    for some in _requests(map(_entry, members)):
        answer = client.post(f"{path}/members", {"members": some})
        added, updated = added + answer["added"], updated + answer["updated"]
        progress.advance(task, len(some))
    return added, updated


def _requests(entries: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        length = len(json.dumps(entry))
        if some and (len(some) == _MOST_MEMBERS or size + length > _MOST_BYTES):
            yield some
            some, size = [], 0
        some.append(entry)
        size += length
    if some:
        yield some


def _entry(addressee: Addressee) -> dict[str, Any]:
    entry = {"to": addressee.address, "data": addressee.data, "user_id": addressee.user_id}
    return {name: value for name, value in entry.items() if value is not None}


def _client() -> ApiClient:
    settings = ClientSettings.from_env()
    return ApiClient(settings.api_url, settings.api_key)
