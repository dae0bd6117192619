"""`message-tracker`: what an operator does, one command each."""

import sys

import typer
from rich.console import Console

from message_tracker.cli import (
    audience,
    bench,
    books,
    canary,
    circuit,
    dead_letters,
    doctor,
    history,
    keys,
    local,
    messages,
    rate,
    redrive,
    replay,
    reports,
    retention,
    schema,
    stats,
    template,
    webhook,
)
from message_tracker.cli.cost import command as cost
from message_tracker.core.domain.errors import InvalidSettings, MessageTrackerError

program = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # a traceback's locals could hold an address
    help="Operate a Message Tracker: send, look, migrate, measure, and run the stack locally.",
)
program.command("send")(messages.send)
program.command("status")(messages.status)
program.command("stats")(stats.stats)
program.command("messages")(history.messages)
program.command("migrate")(schema.migrate)
program.command("books")(books.books)
program.command("redrive")(redrive.redrive)
program.command("replay")(replay.replay)
program.command("rebuild")(replay.rebuild)
program.command("retention")(retention.retention)
program.command("forget")(retention.forget)
program.command("doctor")(doctor.doctor)
program.command("canary")(canary.canary)
program.command("bench")(bench.bench)
program.command("cost")(cost.cost)
program.add_typer(audience.program, name="audience", help="Audiences: import, list.")
program.add_typer(keys.program, name="keys", help="API keys: create, list, revoke.")
program.add_typer(circuit.program, name="circuit", help="Parked channels: show, close.")
program.add_typer(
    dead_letters.program, name="dead-letters", help="What queues gave up: list, show, send back."
)
program.add_typer(template.program, name="template", help="Templates: push, list, show, preview.")
program.add_typer(reports.program, name="reports", help="Reports: the analysis of a day.")
program.add_typer(rate.program, name="rate", help="A channel's rate: show, set, pause, resume.")
program.add_typer(webhook.program, name="webhook", help="Webhooks: list, call once more.")
program.add_typer(local.program, name="local", help="The whole stack on this machine.")


def app() -> None:
    """Run the command; an error we raise on purpose is one line, not a traceback."""
    try:
        program()
    except InvalidSettings as error:
        for name, fault in error.faults.items():
            Console(stderr=True).print(f"[red]{name}[/red]: {fault}", highlight=False)
        sys.exit(2)
    except MessageTrackerError as error:
        Console(stderr=True).print(f"[red]{type(error).__name__}[/red]: {error}", highlight=False)
        sys.exit(1)
