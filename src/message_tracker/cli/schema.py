"""`message-tracker migrate`."""

from datetime import UTC, datetime

from rich.console import Console

from message_tracker.cli.database import operator_database
from message_tracker.core.store import migrations


def migrate() -> None:
    """Bring the database to the present schema; safe to run again, and twice at once."""
    with operator_database() as database:
        applied = migrations.migrate(database, now=datetime.now(UTC))
    console = Console()
    for migration in applied:
        console.print(f"applied {migration.name}")
    console.print(f"{len(applied)} applied; the schema is up to date")
