"""`message-tracker dead-letters`: what the queues gave up, looked at and sent back."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Column, Table

from message_tracker.cli.database import operator_database
from message_tracker.core.aws.clients import queue_client
from message_tracker.core.aws.dead_letter_queues import source_of
from message_tracker.core.domain.advice import DEAD_LETTER
from message_tracker.core.domain.chunk import parse_chunk
from message_tracker.core.domain.errors import ConfigurationFault, Unavailable, Unparseable
from message_tracker.core.store.dead_letters import DeadLetterStore, KeptLetter

program = typer.Typer(no_args_is_help=True)
OneLetter = Annotated[UUID, typer.Argument(help="the id that `list` shows")]


@program.command("list")
def list_letters(
    queue: Annotated[str | None, typer.Option(help="only of this dead-letter queue")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="letters at most")] = 50,
) -> None:
    """List the letters, the latest first, without their bodies."""
    with operator_database() as database:
        letters = DeadLetterStore(database).latest(queue, limit)
    table = Table(Column("id", no_wrap=True), "queue", "came", "sent back", "bytes", "reason")
    for letter in letters:
        table.add_row(
            str(letter.dead_letter_id),
            letter.queue,
            _minute(letter.received_at),
            _minute(letter.sent_back_at),
            f"{len(letter.body.encode()):,}",
            letter.reason,
        )
    Console().print(table)


@program.command()
def show(letter_id: OneLetter) -> None:
    """Print one letter as JSON, with its body: it may hold a person's address."""
    with operator_database() as database:
        letter = _found(DeadLetterStore(database), letter_id)
    typer.echo(json.dumps(asdict(letter), default=str, indent=2))


@program.command("send-back")
def send_back(letter_id: OneLetter) -> None:
    """Put a letter on its queue once more, when what its reader failed on is mended.

    Once: a second time changes nothing. Whoever reads the queue takes a double for what it is.
    """
    with operator_database() as database:
        store = DeadLetterStore(database)
        letter = _found(store, letter_id)
        if letter.sent_back_at is not None:
            Console().print(f"it was sent back at {_minute(letter.sent_back_at)} UTC")
            return
        if not letter.body:
            raise ConfigurationFault(
                "its body was deleted, by age or on request: replay the archive for its events"
            )
        if _is_chunk(letter.body):
            raise ConfigurationFault(
                "its messages are marked failed, and a chunk wakes no sender for them: run"
                f" `message-tracker redrive --cause {DEAD_LETTER}` instead"
            )
        if source_of(queue_client(), letter.queue).send([letter.body]):
            raise Unavailable("the queue did not take the letter: it is kept, try again")
        store.mark_sent_back(letter_id, now=datetime.now(UTC))
    Console().print(f"sent back to {letter.queue.removesuffix('-dlq')}", soft_wrap=True)


def _found(store: DeadLetterStore, letter_id: UUID) -> KeptLetter:
    letter = store.find(letter_id)
    if letter is None:
        Console(stderr=True).print(f"no dead letter {letter_id}: see `dead-letters list`")
        raise typer.Exit(1)
    return letter


def _is_chunk(body: str) -> bool:
    try:
        parse_chunk(body)
    except Unparseable:
        return False
    return True


def _minute(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
