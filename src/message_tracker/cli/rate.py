"""`message-tracker rate`: see, set, pause and resume a channel's rate, for all senders at once."""

import time
from typing import Annotated

import typer
from rich.console import Console

from message_tracker.cli.settings import RateSettings
from message_tracker.core.aws.clients import limiter_client
from message_tracker.core.aws.rate_control import Change, RateControl
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.pace import LARGEST_TEXT
from message_tracker.core.domain.rate import TIMELINES, RateSetting
from message_tracker.core.domain.slot import Timeline

program = typer.Typer(no_args_is_help=True)

_UNITS = {Channel.EMAIL: "e-mails/s", Channel.TEXT: "segments/s"}
_LARGEST = {Channel.EMAIL: 1, Channel.TEXT: LARGEST_TEXT}

OneChannel = Annotated[Channel, typer.Option(help="whose rate")]


@program.command()
def show(channel: OneChannel = Channel.TEXT) -> None:
    """Show the rate in force, who decided it, and how far ahead it is sold."""
    found = _control(channel).show()
    if found is None:
        Console().print(f"{channel}: no sender has run yet, the configured rate will be in force")
        return
    timeline, setting = found
    Console().print(_described(channel, setting), highlight=False)
    Console().print(f"sold {_seconds_ahead(timeline):.1f} s ahead", highlight=False)


@program.command("set")
def set_rate(
    rate: Annotated[float, typer.Argument(min=0.001, help="units a second")],
    channel: OneChannel = Channel.TEXT,
) -> None:
    """Set the rate by hand, until the configured one changes; no account's limit is exceeded."""
    _change(channel, lambda setting: setting.set_by_hand(max(1, round(rate * 1000))))


@program.command()
def pause(channel: OneChannel = Channel.TEXT) -> None:
    """Stop sending: after a second or so nothing more is sent, and nothing is lost."""
    _change(channel, RateSetting.pause)


@program.command()
def resume(channel: OneChannel = Channel.TEXT) -> None:
    """Go on sending at the rate from before the pause."""
    _change(channel, RateSetting.resume)


def _change(channel: Channel, change: Change) -> None:
    Console().print(_described(channel, _control(channel).change(change)), highlight=False)


def _control(channel: Channel) -> RateControl:
    settings = RateSettings.from_env()
    table = RateTable(limiter_client(), settings.limiter_table, TIMELINES[channel])
    return RateControl(table, _now_us, _LARGEST[channel])


def _described(channel: Channel, setting: RateSetting) -> str:
    state = f"paused by {setting.paused_by}" if setting.paused_by else "sending"
    sources = {
        "by hand": setting.by_hand,
        "account": setting.account,
        "configured": setting.configured or None,
    }
    known = ", ".join(f"{name} {_per_second(rate)}" for name, rate in sources.items() if rate)
    full = _per_second(setting.full) if setting.full else "configured rate"
    return f"{channel}: {state}, {full} {_UNITS[channel]}" + (f" ({known})" if known else "")


def _per_second(rate: int) -> str:
    return f"{rate / 1000:g}"


def _seconds_ahead(timeline: Timeline) -> float:
    return max(0, timeline.sold_until - _now_us()) / 1_000_000


def _now_us() -> int:
    return time.time_ns() // 1000
