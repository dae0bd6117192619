"""`message-tracker cost`: what a stage's own machinery costs a month, from its own template."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from message_tracker.cli.cost.estimate import Estimate, estimate
from message_tracker.cli.cost.figures import read_figures
from message_tracker.cli.cost.machinery import read_machinery
from message_tracker.cli.cost.table import sending_table, standing_table
from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.domain.message import Channel
from message_tracker.local.checkout import synthesized


def cost(
    *,
    emails: Annotated[int, typer.Option(min=0, help="sent in a month")] = 1_000_000,
    sms: Annotated[int, typer.Option(min=0, help="sent in a month")] = 1_000_000,
    stage: Annotated[str, typer.Option(help="a stage of cdk.json")] = "prod",
    email_rate: Annotated[
        float | None, typer.Option(min=0.001, help="e-mails a second, as SES grants the account")
    ] = None,
    sms_rate: Annotated[
        float | None, typer.Option(min=0.001, help="segments a second, of all numbers together")
    ] = None,
    prices: Annotated[
        Path | None, typer.Option(help="other prices, in the form of our figures.toml")
    ] = None,
    template: Annotated[
        Path | None, typer.Option(help="a synthesized template, instead of the stage's")
    ] = None,
    json_output: Annotated[bool, typer.Option("--json", help="every line, as JSON")] = False,
) -> None:
    """Tell what messages cost beside the provider's fees, and what is paid without any.

    The settings are those of the stage's template; nothing is asked of AWS.
    """
    machinery = read_machinery(_template(template or synthesized(stage)))
    asked = {Channel.EMAIL: email_rate, Channel.TEXT: sms_rate}
    rates = {channel: rate for channel, rate in asked.items() if rate}
    messages = {Channel.EMAIL: float(emails), Channel.TEXT: float(sms)}
    found = estimate(messages, machinery, read_figures(prices), rates)
    typer.echo(json.dumps(found.as_json()) if json_output else _shown(found))


def _shown(found: Estimate) -> str:
    figures = found.figures
    unsure = [name for name, price in figures.prices if not price.checked]
    return "\n\n".join(
        [
            sending_table(found),
            standing_table(found),
            f"Prices of {figures.region}, {figures.date}; from memory: {', '.join(unsure)}.",
        ]
    )


def _template(file: Path) -> Any:  # noqa: ANN401 - JSON, as it comes; its reader judges it
    try:
        return json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationFault(f"{file} is no template in JSON: {error}") from error
