"""`message-tracker webhook`: who is called back, and calling them once more."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.database import operator_database
from message_tracker.core.store.callbacks import Callbacks
from message_tracker.core.store.webhooks import Webhook, Webhooks

program = typer.Typer(no_args_is_help=True)


@program.command("list")
def show() -> None:
    """List the webhooks: where they are, what they want, and how they are."""
    table = Table("id", "url", "types", "state")
    with operator_database() as database:
        webhooks = Webhooks(database).list_all()
    for webhook in webhooks:
        types = ", ".join(webhook.types)
        table.add_row(str(webhook.webhook_endpoint_id), webhook.url, types, _state(webhook))
    Console().print(table)


@program.command()
def replay(
    webhook_id: Annotated[UUID, typer.Argument(help="the id that `list` shows")],
    *,
    since: Annotated[
        datetime | None, typer.Option(help="callbacks written then or later, UTC")
    ] = None,
    callback_id: Annotated[UUID | None, typer.Option("--one", help="this callback alone")] = None,
    with_delivered: Annotated[
        bool, typer.Option(help="also those that were delivered, not only those given up")
    ] = False,
) -> None:
    """Have a webhook called once more, within a minute."""
    if (since is None) == (callback_id is None):
        raise typer.BadParameter("give either --since or --one")
    with operator_database() as database:
        replayed = _replay(Callbacks(database), webhook_id, since, callback_id, with_delivered)
    Console(highlight=False).print(f"{replayed:,} callbacks are made once more")
    if not replayed:
        raise typer.Exit(1)


def _replay(
    callbacks: Callbacks,
    webhook_id: UUID,
    since: datetime | None,
    callback_id: UUID | None,
    with_delivered: bool,  # noqa: FBT001 - an option handed on
) -> int:
    now = datetime.now(UTC)
    if callback_id:
        return callbacks.replay(webhook_id, callback_id, now=now)
    first = (since or now).replace(tzinfo=UTC)
    total = 0
    # What is owed again is not found again, so this ends.
    while part := callbacks.replay_since(webhook_id, first, with_delivered=with_delivered, now=now):
        total += part
    return total


def _state(webhook: Webhook) -> str:
    if webhook.disabled_at:
        return f"disabled {webhook.disabled_at:%F %T}: {webhook.disabled_because}"
    if webhook.failing_since:
        return f"failing since {webhook.failing_since:%F %T}"
    return "enabled"
