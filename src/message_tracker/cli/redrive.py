"""`message-tracker redrive`: what was given up, put up to be sent again."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final
from uuid import UUID

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from message_tracker.cli.database import operator_database
from message_tracker.core.aws.clients import queue_client
from message_tracker.core.aws.dead_letter_queues import DeadLetterQueue
from message_tracker.core.domain.redrive import WORDS, Consent, Selection, Verdict
from message_tracker.core.domain.status import REVIVABLE, MessageStatus
from message_tracker.core.store.redrives import Judged, Redrives

_TIMES: Final = [
    "%Y-%m-%d",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S%z",
    "%Y-%m-%dT%H:%M:%S.%f%z",
]
_EXAMPLES: Final = 3


def redrive(  # noqa: PLR0913 - an option each
    *,
    message_ids: Annotated[
        list[UUID] | None, typer.Option("--id", help="a message's id; may be repeated")
    ] = None,
    group: Annotated[str | None, typer.Option(help="a group's id or name")] = None,
    cause: Annotated[
        str | None, typer.Option(help="as the failure report and `status` name it")
    ] = None,
    statuses: Annotated[
        list[MessageStatus] | None, typer.Option("--status", help="may be repeated")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_TIMES, help="given up then or later, UTC")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_TIMES, help="given up before, UTC")
    ] = None,
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="show the plan only")] = False,
    is_sure: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    even_if_sent_twice: Annotated[
        bool, typer.Option(help="also what is unconfirmed: it may come twice")
    ] = False,
    even_if_stale: Annotated[
        bool, typer.Option(help="also what has outlived its time to live; it then has none")
    ] = False,
    dlq: Annotated[
        str | None, typer.Option(help="instead: letters of this dead-letter queue, to their source")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="print counts as JSON")] = False,
) -> None:
    """Send again what was given up: stopped, expired, suppressed, failed, unconfirmed.

    Shows its plan first. The messages keep their ids and take the whole way, at the rate in force.
    A repeat finds them waiting and changes nothing.
    """
    selection = Selection(
        group=group, cause=cause, statuses=statuses or None, since=_utc(since), until=_utc(until)
    )
    if dlq is not None:
        _move_letters(dlq, selection, message_ids, is_dry_run=is_dry_run, is_sure=is_sure)
        return
    _check(selection, message_ids)
    consent = Consent(even_if_sent_twice=even_if_sent_twice, even_if_stale=even_if_stale)
    console = Console(highlight=False, stderr=json_output)
    with operator_database() as database:
        redrives, now = Redrives(database), datetime.now(UTC)
        selected = list(dict.fromkeys(message_ids or redrives.select(selection)))
        plan = _merged(redrives.plan(selected, consent, now=now))
        counts = Counter({one: len(ids) for one, ids in plan.items()})
        planned = plan.get(Verdict.REDRIVEN, [])
        _show(console, plan)
        if planned and not is_dry_run:
            if not is_sure:
                typer.confirm(f"Send {len(planned):,} messages again?", abort=True)
            counts = _carry_out(redrives, planned, consent, console)
    if json_output:
        typer.echo(json.dumps({"dry_run": is_dry_run, "counts": counts}))


def _check(selection: Selection, message_ids: Sequence[UUID] | None) -> None:
    if bool(message_ids) is not selection.is_everything:
        raise typer.BadParameter(
            "name the messages by --id alone, or by --group, --cause, --status, --since, --until"
        )
    if others := set(selection.statuses or ()) - REVIVABLE:
        raise typer.BadParameter(
            f"{', '.join(sorted(others))}: the provider may have such messages in hand;"
            f" only {', '.join(sorted(REVIVABLE))} are sent again",
            param_hint="--status",
        )


def _move_letters(
    name: str,
    selection: Selection,
    message_ids: Sequence[UUID] | None,
    *,
    is_dry_run: bool,
    is_sure: bool,
) -> None:
    """Move what lies in a dead-letter queue back to the queue it came from."""
    if message_ids or not selection.is_everything:
        raise typer.BadParameter(
            "it moves letters, not messages: give it alone", param_hint="--dlq"
        )
    queue = DeadLetterQueue(queue_client(), name, time.sleep)
    source = name.removesuffix("-dlq")
    typer.echo(f"about {queue.waiting():,} letters lie in {name}, to go back to {source}")
    if is_dry_run:
        return
    if not is_sure:
        typer.confirm("Move them?", abort=True)
    moved = 0
    for moved in queue.move():
        typer.echo(f"{moved:,} letters moved back to {source}")
    if not moved:
        typer.echo("no letter was moved: what a reader has taken is kept, see `dead-letters list`")


def _merged(batches: Iterable[Judged]) -> Judged:
    merged: Judged = {}
    for judged in batches:
        for one, ids in judged.items():
            merged.setdefault(one, []).extend(ids)
    return merged


def _show(console: Console, plan: Judged) -> None:
    if not plan:
        console.print("no message fits: nothing to send again")
        return
    table = Table("messages", "what", "why", "for example", title="The plan")
    for one in Verdict:
        if ids := plan.get(one):
            what = "sent again" if one is Verdict.REDRIVEN else "skipped"
            why = "" if one is Verdict.REDRIVEN else WORDS[one]
            table.add_row(f"{len(ids):,}", what, why, "\n".join(map(str, ids[:_EXAMPLES])))
    console.print(table)


def _carry_out(
    redrives: Redrives, planned: Sequence[UUID], consent: Consent, console: Console
) -> Counter[Verdict]:
    """Redrive exactly the planned messages, those that still may be."""
    batches = redrives.carry_out(planned, consent, now=datetime.now(UTC))
    expected = -(-len(planned) // redrives.most)
    counts: Counter[Verdict] = Counter()
    for done in track(batches, "redriving", expected, console=console, transient=True):
        counts += done
    redriven = counts[Verdict.REDRIVEN]
    console.print(f"{redriven:,} messages wait to be sent: within a minute, at the rate in force")
    for one in counts:
        if one is not Verdict.REDRIVEN:
            console.print(f"{counts[one]:,} not after all: {WORDS[one]}")
    return counts


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.replace(tzinfo=moment.tzinfo or UTC)
