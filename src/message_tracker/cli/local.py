"""`message-tracker local up` and `demo`: the whole stack on this machine."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Final

import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table

from message_tracker.cli.progress import CampaignProgress
from message_tracker.core.caller.client import ApiClient
from message_tracker.core.domain.books import Books
from message_tracker.local.campaign import read_rows, requests
from message_tracker.local.checkout import checkout
from message_tracker.local.demo import Demo, Verdict
from message_tracker.local.settings import LocalSettings
from message_tracker.local.stack import LocalStack, local_stack

program = typer.Typer(no_args_is_help=True)

_INTERRUPTED: Final = 130  # 128 + SIGINT


@program.command()
def up() -> None:
    """Start the stack, say how to use it, and keep it running until Ctrl-C."""
    console = Console(highlight=False)
    with _stopping_on_signals(console), _stack(console) as stack:
        console.print("\n[bold green]The stack is up.[/] Ctrl-C stops it and leaves nothing.\n")
        console.print(f"API    {stack.api_url}")
        console.print(f"inbox  {stack.twin.url}")
        console.print(f"key    {stack.api_key}\n")
        console.print(stack.curl, soft_wrap=True, markup=False)
        console.print("\nfor `message-tracker doctor` and other commands, in another shell:")
        console.print(stack.exports, soft_wrap=True, markup=False)
        threading.Event().wait()


@program.command()
def demo() -> None:
    """Send the example campaign, wait until every message is final, and judge the outcome."""
    console = Console(highlight=False)
    root = checkout()
    with _stopping_on_signals(console), _stack(console) as stack:
        client = ApiClient(stack.api_url, stack.api_key)
        run = Demo(stack, client.post, client.get)
        rows = read_rows(root / "examples" / "campaign.csv")
        console.print(f"sending examples/campaign.csv to {len(rows)} recipients")
        group = f"demo {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
        group_id, sent = run.send(list(requests(rows, root / "examples" / "templates.toml", group)))
        progress = CampaignProgress()
        with Live(progress, console=console, refresh_per_second=4) as live:
            run.watch(group_id, sent, lambda *seen: live.update(progress.updated(*seen)))
        console.print("\nevery message is final; asking for the failure report")
        verdict = run.judge(group_id, sent, run.report(root / "build" / "demo"))
        _tell(console, stack, verdict)
    raise typer.Exit(0 if verdict.is_good else 1)


@contextmanager
def _stack(console: Console) -> Iterator[LocalStack]:
    with local_stack(LocalSettings.from_env(), lambda text: console.print(f"  {text} …")) as stack:
        yield stack


@contextmanager
def _stopping_on_signals(console: Console) -> Iterator[None]:
    """Leave every block in order on SIGINT and SIGTERM, then exit as a shell expects."""

    def stop(number: int, frame: object) -> None:  # noqa: ARG001 - the handler's signature
        # Only once: a second signal must not cut the cleaning up short.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        console.print("\nstopping …")
        raise KeyboardInterrupt

    previous = {each: signal.signal(each, stop) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    except KeyboardInterrupt:
        raise typer.Exit(_INTERRUPTED) from None
    finally:
        for each, handler in previous.items():
            signal.signal(each, handler)


def _tell_books(console: Console, books: Books) -> None:
    total = books.total
    console.print(
        f"books  {total.accepted} accepted = {total.waiting} waiting + {total.sent} sent"
        f" + {total.failed} failed + {total.stopped} stopped + {total.unconfirmed} unconfirmed",
        soft_wrap=True,
    )
    for gap in books.gaps:
        ids = ", ".join(map(str, gap.message_ids))
        console.print(f"[red]{gap.count} {gap.channel} {gap.kind}: {ids}[/]")


def _tell(console: Console, stack: LocalStack, verdict: Verdict) -> None:
    table = Table("channel", "should be", "is", "messages", title="Outcomes")
    for (channel, expected, actual), count in sorted(verdict.outcomes.items()):
        style = None if expected == actual else "bold red"
        table.add_row(channel, expected, actual, str(count), style=style)
    console.print(table)
    figures = verdict.figures
    console.print(
        f"{figures['segments']} segments in {figures['texts']} texts at"
        f" {figures['segments_per_second']:.1f}/s (limit 45.0),"
        f" at most {figures['max_segments_in_1s']} in any second"
    )
    console.print(f"{figures['emails']} e-mails at {figures['emails_per_second']:.1f}/s")
    console.print(f"report {verdict.report}")
    console.print(f"inbox  {stack.twin.url} (while the stack runs: `make up`)")
    _tell_books(console, verdict.books)
    for surprise in verdict.surprises:
        console.print(f"[red]{surprise}[/]")
    console.print(
        "[bold green]The books balance.[/]" if verdict.is_good else "[bold red]Failed.[/]"
    )
