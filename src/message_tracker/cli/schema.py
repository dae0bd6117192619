"""`message-tracker migrate`."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from message_tracker.cli.database import operator_database
from message_tracker.core.store import migrations
from message_tracker.core.store.migrations import Phase


def migrate(
    phase: Annotated[
        Phase | None,
        typer.Option(help="pre: what new code needs; post: what old code no longer does; or both"),
    ] = None,
) -> None:
    """Bring the database to the present schema; safe to run again, and twice at once."""
    phases = [phase] if phase else list(Phase)
    with operator_database() as database:
        applied = migrations.migrate(database, now=datetime.now(UTC), phases=phases)
    console = Console()
    for migration in applied:
        console.print(f"applied {migration.name}")
    console.print(f"{len(applied)} applied; the schema is up to date")
