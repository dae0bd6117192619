"""What the calculation takes from outside the template; see `figures.toml`."""

import tomllib
from collections.abc import Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.domain.message import Channel

Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Price(_Table):
    """What `per` units of something cost, and who says so."""

    usd: Amount
    per: Annotated[int, Field(gt=0)] = 1
    checked: bool = False
    source: str = ""

    @property
    def each(self) -> float:
        """The price of one unit, in USD."""
        return self.usd / self.per


class Prices(_Table):
    """A price of each unit that AWS bills, by what the unit is."""

    lambda_request: Price
    lambda_gb_second: Price
    api_request: Price
    sqs_request: Price
    sns_request: Price
    dynamodb_write: Price
    dynamodb_read: Price
    firehose_gb: Price
    s3_put: Price
    s3_get: Price
    s3_gb_month: Price
    bus_event: Price
    schedule: Price
    logs_gb: Price
    logs_gb_month: Price
    xray_trace: Price
    alarm_month: Price
    metric_month: Price
    dashboard_month: Price
    secret_month: Price
    key_month: Price
    nat_hour: Price
    endpoint_hour: Price
    aurora_acu_hour: Price
    aurora_gb_month: Price
    aurora_io: Price
    email: Price
    segment: Price


class ChannelMeasures(_Table):
    """What a message, or an event, of one channel was measured to take."""

    events: Amount
    raw_event_bytes: Amount
    archived_event_bytes: Amount
    row_bytes: Amount
    event_row_bytes: Amount
    accept_cpu_us: Amount
    accept_postgres_us: Amount
    accept_wal_bytes: Amount
    send_wal_bytes: Amount
    send_log_bytes: Amount
    read_cpu_us: Amount
    read_postgres_us: Amount
    read_wal_bytes: Amount


class Measures(_Table):
    """What was measured, when, and by which command."""

    date: date
    command: str
    log_bytes_per_request: Amount
    log_bytes_per_object: Amount
    email: ChannelMeasures
    text: ChannelMeasures

    def of(self, channel: Channel) -> ChannelMeasures:
        """Return a channel's."""
        return self.text if channel is Channel.TEXT else self.email


class Assumptions(_Table):
    """What neither a template nor a machine of our own can tell."""

    recipients_per_request: Annotated[float, Field(ge=1)]
    segments_per_text: Annotated[float, Field(ge=1)]
    hours_per_month: Annotated[float, Field(gt=0)]
    failed_emails: Annotated[float, Field(ge=0, le=1)]
    failed_texts: Annotated[float, Field(ge=0, le=1)]
    platform_log_bytes: Amount
    object_seconds: Amount
    request_seconds: Amount
    event_seconds: Amount
    idle_seconds: Amount
    pollers: Amount
    custom_metrics: Amount
    log_compression: Amount

    @property
    def seconds_per_month(self) -> float:
        """The length of a month."""
        return self.hours_per_month * 3600


class NaiveDesign(_Table):
    """What a message, or an event, takes in the simple way."""

    intake_seconds: Amount
    send_seconds: Amount
    event_seconds: Amount
    log_bytes: Amount
    message_wal_bytes: Amount
    event_wal_bytes: Amount
    row_bytes: Amount
    event_row_bytes: Amount
    commits_per_message: Amount


class Figures(_Table):
    """All of it, with the date and the region of the prices."""

    date: date
    region: str
    prices: Prices
    measured: Measures
    assumed: Assumptions
    naive: NaiveDesign


def read_figures(prices_file: Path | None = None) -> Figures:
    """Return the figures of this version, those of `prices_file` standing in for the same ones.

    Raises:
        ConfigurationFault: the file cannot be read, or names what is no price.
    """
    own = tomllib.loads((files(__package__) / "figures.toml").read_text("utf-8"))
    if prices_file is None:
        return Figures.model_validate(own)
    theirs = _read(prices_file)
    prices = {**own["prices"], **theirs.get("prices", {})}
    try:
        return Figures.model_validate({**own, **theirs, "prices": prices})
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()
        )
        raise ConfigurationFault(
            f"{prices_file}: {faults}. It has the form of message_tracker/cli/cost/figures.toml:"
            " a table [prices] with lines as `sqs_request = { usd = 0.40, per = 1_000_000 }`"
        ) from error


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationFault(f"{file} is no file of prices in TOML: {error}") from error
