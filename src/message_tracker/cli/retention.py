"""`message-tracker retention` and `forget`: letting go of data."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console

from message_tracker.cli.archived import Source
from message_tracker.cli.database import operator_database
from message_tracker.cli.forgetting import forget_archived
from message_tracker.cli.settings import OperatorSettings
from message_tracker.core.store import retention as store
from message_tracker.event_processor.retention.service import Retention, months_before

_NEVER = datetime.max.replace(tzinfo=UTC)


def retention() -> None:
    """Let go of what is older than the settings say: personal data first, whole months later.

    The stack does the same each day, with what became old since. This looks through all once more,
    however long that takes.
    """
    settings, now = OperatorSettings.from_env(), datetime.now(UTC)
    console = Console(highlight=False)
    with operator_database() as database:
        let_go = Retention(
            database,
            keep_personal_months=settings.keep_personal_months,
            keep_event_months=settings.keep_event_months,
            now=lambda: datetime.now(UTC),
        ).run(until=_NEVER, is_thorough=True)
    old = f"{months_before(now, settings.keep_personal_months):%Y-%m-%d}"
    console.print(f"{let_go.recipients:,} messages older than {old} lost their recipient")
    console.print(f"{let_go.details:,} events older than {old} lost their details")
    console.print(f"{let_go.deliveries:,} callbacks older than 30 days were forgotten")
    for name in let_go.dropped:
        console.print(f"dropped {name}")


def forget(
    address: Annotated[str, typer.Argument(help="e-mail address, or phone number as +…")],
    *,
    archive: Annotated[
        str, typer.Option(help="s3://bucket/events/ or file:///folder: rewrite it without them")
    ] = "",
    with_suppression: Annotated[
        bool, typer.Option(help="also forget that nothing may be sent there")
    ] = False,
    is_sure: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
) -> None:
    """Delete one person's data from Postgres and, with --archive, from the archived events.

    Messages keep their statuses, so that counts stay true; who got them is gone.
    """
    console = Console(highlight=False)
    source = Source.of(archive) if archive else None
    with operator_database() as database:
        message_ids = store.messages_of(database, address)
        if not is_sure:
            typer.confirm(f"{len(message_ids)} messages went there. Forget the person?", abort=True)
        # The archive first: by its ids events are found that do not name the address.
        if source:
            events, objects = forget_archived(source, address, message_ids, console)
            console.print(f"{events:,} events deleted from {objects:,} archived objects")
        found = store.forget_person(
            database, address, message_ids, with_suppression=with_suppression
        )
    console.print(", ".join(f"{count:,} {name}" for name, count in found.items()) + " forgotten")
    if source is None:
        console.print("the archive was not searched: --archive s3://…/events/ rewrites it")
