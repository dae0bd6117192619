"""`message-tracker circuit`: the channels that are parked, as their provider refuses everyone."""

from typing import Annotated

import typer
from rich.console import Console

from message_tracker.cli.database import operator_database
from message_tracker.core.domain.advice import advise
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.circuits import Circuits

program = typer.Typer(no_args_is_help=True)


@program.command()
def show() -> None:
    """Show the open circuits: since when, why, what to do, and when a message will be tried."""
    console = Console(highlight=False)
    with operator_database() as database:
        circuits = Circuits(database).open_circuits()
    if not circuits:
        console.print("no circuit is open: every channel is sending")
    for one in circuits:
        advice = advise(one.cause)
        console.print(f"{one.channel}: open since {one.opened_at:%F %T} UTC, {one.cause}")
        console.print(f"  its words   {one.cause_detail}", markup=False, soft_wrap=True)
        console.print(f"  which means {advice.meaning}", soft_wrap=True)
        console.print(f"  what to do  {advice.remedy}", soft_wrap=True)
        console.print(f"  next probe  {one.probe_at:%F %T} UTC, after {one.failed_probes} in vain")


@program.command()
def close(channel: Annotated[Channel, typer.Argument(help="the channel to let go on")]) -> None:
    """Let a channel go on at once, when you have mended what was wrong."""
    with operator_database() as database:
        is_closed = Circuits(database).close(channel)
    if not is_closed:
        Console(stderr=True).print(f"the circuit of {channel} is not open: see `circuit show`")
        raise typer.Exit(1)
    Console().print(f"closed the circuit of {channel}: its messages go out within a minute")
