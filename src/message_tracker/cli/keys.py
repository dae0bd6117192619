"""`message-tracker keys`: who may call the API."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.database import operator_database
from message_tracker.core.settings import OperatorSettings
from message_tracker.core.store.api_keys import ApiKeys

program = typer.Typer(no_args_is_help=True)


@program.command()
def create(name: Annotated[str, typer.Argument(help="whose key it is, e.g. shop-backend")]) -> None:
    """Create a key and print it: it is shown this once, and only its hash is kept."""
    stage = OperatorSettings.from_env().stage
    with operator_database() as database:
        api_key_id, key = ApiKeys(database).create(stage, name, datetime.now(UTC))
    console = Console()
    console.print(f"id   {api_key_id}")
    console.print(f"key  {key}", soft_wrap=True, highlight=False)


@program.command("list")
def show() -> None:
    """List the keys: names and dates, never the keys."""
    table = Table("id", "name", "created", "revoked")
    with operator_database() as database:
        rows = ApiKeys(database).list_all()
    for row in rows:
        revoked = row.revoked_at.isoformat(" ", "seconds") if row.revoked_at else ""
        table.add_row(
            str(row.api_key_id), row.name, row.created_at.isoformat(" ", "seconds"), revoked
        )
    Console().print(table)


@program.command()
def revoke(api_key_id: Annotated[UUID, typer.Argument(help="the id that `list` shows")]) -> None:
    """Revoke a key at once."""
    with operator_database() as database:
        is_revoked = ApiKeys(database).revoke(api_key_id, datetime.now(UTC))
    if not is_revoked:
        Console(stderr=True).print(f"no key {api_key_id} that is not revoked: see `keys list`")
        raise typer.Exit(1)
    Console().print(f"revoked {api_key_id}")
