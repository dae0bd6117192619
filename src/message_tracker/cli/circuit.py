"""`message-tracker circuit`: the channels that are parked, as their provider refuses everyone."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from message_tracker.cli.database import operator_database
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.circuits import Circuits

program = typer.Typer(no_args_is_help=True)


@program.command()
def show() -> None:
    """Show the open circuits: since when, why, and when a message will be tried again."""
    circuits = Circuits(operator_database()).open_circuits()
    if not circuits:
        Console().print("every channel is sending")
        return
    table = Table("channel", "open since", "cause", "next probe", "failed probes", "in its words")
    for one in circuits:
        table.add_row(
            one.channel,
            one.opened_at.isoformat(" ", "seconds"),
            one.cause,
            one.probe_at.isoformat(" ", "seconds"),
            str(one.failed_probes),
            one.cause_detail,
        )
    Console().print(table)


@program.command()
def close(channel: Annotated[Channel, typer.Argument(help="the channel to let go on")]) -> None:
    """Let a channel go on at once, when you have mended what was wrong."""
    if not Circuits(operator_database()).close(channel):
        Console(stderr=True).print(f"the circuit of {channel} is not open: see `circuit show`")
        raise typer.Exit(1)
    Console().print(f"closed the circuit of {channel}: its messages go out within a minute")
