"""`message-tracker replay` and `rebuild`: events once more, out of the archive."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.archived import ReadAll, Source, read_all
from message_tracker.cli.database import operator_database
from message_tracker.cli.settings import OperatorSettings
from message_tracker.core.store import rebuild as shadow
from message_tracker.core.store.database import Database
from message_tracker.core.store.retention import Personal, lose_progress
from message_tracker.event_processor.archive import Archive

_QUARANTINE = "quarantine/"
_THE_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
# They hold what receiving servers wrote, which often names the recipient.
_NOT_SHOWN = frozenset({"cause_detail"})

From = Annotated[
    str, typer.Option("--from", help="s3://bucket/prefix of the archive, or file:///folder")
]


def replay(
    *,
    source: From,
    since: Annotated[
        datetime | None, typer.Option(help="only objects written then or later, UTC")
    ] = None,
) -> None:
    """Read archived events again: what is stored stays as it is, what was missed is added.

    Safe at any time and any number of times, also while events come in.
    """
    console = Console(highlight=False)
    found = Source.of(source)
    with operator_database() as database:
        archive = _archive(database, found)
        try:
            outcome = read_all(archive, found.written_since(_utc(since)), console)
        finally:
            # It brought back what retention had taken: the next run looks through all again.
            lose_progress(database, Personal.DETAILS)
    _tell_reading(console, outcome)


def rebuild(
    *,
    source: From,
    since: Annotated[
        datetime | None,
        typer.Option(help="events that happened before it stay as they are, UTC"),
    ] = None,
    is_applied: Annotated[
        bool, typer.Option("--apply", help="put the result in the tables' place")
    ] = False,
    show: Annotated[int, typer.Option(min=0, help="how many differing messages to list")] = 20,
) -> None:
    """Make events and statuses anew out of the archive, beside those in use, and compare.

    Nothing in use changes without --apply, which swaps in one transaction.
    """
    console = Console(highlight=False)
    found = Source.of(source)
    before = _utc(since) or _THE_BEGINNING
    with operator_database(search_path=shadow.SEARCH_PATH) as database:
        console.print("copying what our own side wrote …")
        shadow.begin(database, before)
        archive = _archive(database, found)
        outcome = read_all(archive, found.written_since(None), console)
        carried = shadow.carry_over(database, before)
        console.print(f"{carried:,} events carried over: before --since, or come in meanwhile")
        _tell_differences(console, shadow.differences(database, most_messages=show))
        _tell_reading(console, outcome)
        if is_applied:
            _apply(console, database, before)
        else:
            console.print("nothing was changed; --apply makes it so")


def _archive(database: Database, found: Source) -> Archive:
    soft_bounce_days = OperatorSettings.from_env().soft_bounce_days
    return Archive(database, found.objects, _QUARANTINE, soft_bounce_days=soft_bounce_days)


def _apply(console: Console, database: Database, since: datetime) -> None:
    carried = shadow.apply(database, since)
    lose_progress(database, Personal.DETAILS)  # as after a replay
    console.print(f"[bold green]applied[/], with {carried:,} events that came in meanwhile")


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)


def _tell_reading(console: Console, outcome: ReadAll) -> None:
    """Say what was read; exit with an error if some object could not be."""
    tally = outcome.tally
    console.print(
        f"{tally.events:,} events read: {tally.matched:,} new of our messages,"
        f" {tally.unmatched:,} new of others, {tally.quarantined:,} records quarantined"
    )
    for key, error in outcome.failures.items():
        console.print(f"[red]{key}[/]: {error}", soft_wrap=True)
    if outcome.failures:
        raise typer.Exit(1)


def _tell_differences(console: Console, found: shadow.Differences) -> None:
    console.print(f"events        {_counts(found.events)}")
    console.print(f"suppressions  {_counts(found.suppressions)}")
    if not found.statuses:
        console.print("messages      no difference")
        return
    statuses = Table("was", "becomes", "messages", title="Messages that change")
    for was, becomes, messages in found.statuses:
        statuses.add_row(was, becomes, f"{messages:,}")
    console.print(statuses)
    listed = Table("message", "what", "was", "becomes", title="The first of them")
    for message_id, columns in found.messages:
        for column, (was, becomes) in sorted(_shown(columns).items()):
            listed.add_row(str(message_id), column, was, becomes)
    console.print(listed)


def _shown(columns: Mapping[str, Sequence[object]]) -> dict[str, tuple[str, str]]:
    return {
        column: ("…", "…") if column in _NOT_SHOWN else (str(was), str(becomes))
        for column, (was, becomes) in columns.items()
    }


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
