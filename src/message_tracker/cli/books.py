"""`message-tracker books`: whether every message is accounted for."""

import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.database import operator_database
from message_tracker.core.aws.clients import metrics_client
from message_tracker.core.aws.provider_counts import CloudWatchCounts
from message_tracker.core.domain.audit import MEANINGS, SILENT_AFTER, Audit
from message_tracker.core.domain.books import Balance, Books
from message_tracker.core.store.audit import AuditStore, PlaceBalance
from message_tracker.core.store.books import BooksStore
from message_tracker.failed_message_reporter.bookkeeper.service import Bookkeeper

_PARTS = ("accepted", "waiting", "sent", "failed", "stopped", "unconfirmed", "difference")
_MOST_PLACES = 200


def books(
    *,
    is_recent: Annotated[
        bool, typer.Option("--recent", help="what each hour's run looks at, not all messages")
    ] = False,
    silent_after: Annotated[
        int, typer.Option(min=0, help="minutes within which a sent message must have an event")
    ] = int(SILENT_AFTER.total_seconds()) // 60,
    hours: Annotated[
        int, typer.Option(min=0, help="also a line per group, channel and hour, so far back")
    ] = 0,
    asks_provider: Annotated[
        bool, typer.Option("--cloudwatch/--no-cloudwatch", help="ask for the providers' own counts")
    ] = True,
    json_output: Annotated[bool, typer.Option("--json", help="print the audit as JSON")] = False,
) -> None:
    """Balance the books: accepted = waiting + sent + failed + stopped + unconfirmed.

    Also: sends without events, chunks that are lost, kept counts against a recount, and what the
    providers have counted. Exits with 1 if something does not agree.
    """
    now = datetime.now(UTC)
    with operator_database() as database:
        store = AuditStore(database)
        counts = CloudWatchCounts(metrics_client) if asks_provider else None
        keeper = Bookkeeper(store, BooksStore(database), counts, lambda: now)
        audit = keeper.audit(is_full=not is_recent, silent_after=timedelta(minutes=silent_after))
        places = store.balances(now - timedelta(hours=hours), _MOST_PLACES) if hours else []
    if json_output:
        typer.echo(json.dumps({"is_clean": audit.is_clean, **asdict(audit)}, default=str, indent=2))
    else:
        _show(Console(highlight=False), audit, places)
    if not audit.is_clean:
        raise typer.Exit(1)


def _show(console: Console, audit: Audit, places: list[PlaceBalance]) -> None:
    if audit.books is not None:
        console.print(_balance_table(audit.books))
    if places:
        table = Table("hour", "group", "channel", *_PARTS, title="By hour, group and channel")
        for one in places:
            table.add_row(f"{one.hour:%F %H:%M}", one.group, one.channel, *_cells(one.balance))
        console.print(table)
    for each in audit.compared:
        theirs = "not reachable, or it has no data" if each.theirs is None else f"{each.theirs:,}"
        console.print(
            f"{each.channel}, {each.since:%F %H:%M} to {each.until:%F %H:%M} UTC:"
            f" sent {each.ours:,}, by CloudWatch {theirs}",
            soft_wrap=True,
        )
    for finding in audit.findings:
        console.print(
            f"[red]{finding.kind}[/]: {finding.count:,} of {finding.channel}, {finding.where}",
            soft_wrap=True,
        )
        console.print(f"  {MEANINGS[finding.kind]}", soft_wrap=True)
        if finding.message_ids:
            console.print("  " + " ".join(map(str, finding.message_ids)), soft_wrap=True)
    console.print("everything agrees" if audit.is_clean else "[red]the books are off[/]")


def _balance_table(found: Books) -> Table:
    table = Table("", *_PARTS, title="Where every message ever accepted stands")
    for name, balance in (("email", found.email), ("text", found.text), ("total", found.total)):
        table.add_row(name, *_cells(balance))
    return table


def _cells(balance: Balance) -> list[str]:
    return [f"{getattr(balance, part):,}" for part in _PARTS]
