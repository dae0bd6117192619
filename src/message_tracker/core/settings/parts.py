"""What the settings of several functions have in common."""

import os
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.domain.variables import Field, Variables
from message_tracker.core.settings.values import Country, Names, SegmentsPerSecond, SoftBounceDays


def runs_in_lambda() -> bool:
    """Return whether this process is a function's, by the name that Lambda gives each."""
    return "AWS_LAMBDA_FUNCTION_NAME" in os.environ  # noqa: TID251 - here and nowhere else


class Settings(Variables):
    """What every model here has in common."""

    prefix = "MT_"

    stage: str = Field(pattern=r"^[a-z][a-z0-9]{0,15}$", description="dev, prod, local …")

    @classmethod
    def from_env(cls) -> Self:
        """Read the settings from the process's environment; a fault names the variable."""
        return cls.read(os.environ)  # noqa: TID251 - here and nowhere else


class ObservedSettings(Settings):
    """What tells the logs and metrics of one stage from another's, and where errors are told."""

    stage: str = "unknown"
    sentry_dsn: str = Field(
        default="",
        variable="SENTRY_DSN",  # as all of Sentry's own tools name it
        repr=False,
        description="where errors are told; nowhere if empty",
    )


class DatabaseSettings(Settings):
    """Where Postgres is: a URL, or the secret that holds one or the credentials (the URL wins)."""

    database_url: str = Field(default="", repr=False, description="postgresql://… (libpq URL)")
    database_secret_arn: str = Field(
        default="", description="Secrets Manager secret with the URL, or the credentials as JSON"
    )
    database_endpoint: str = Field(
        default="",
        pattern=r"^([^\s/@:]+:\d+/[^\s/@:]+)?$",
        description="host:port/name, where the secret holds the credentials alone",
    )

    def faults(self) -> Mapping[str, str]:
        """Refuse to be without a database."""
        if self.database_url or self.database_secret_arn:
            return {}
        return {"database_secret_arn": "is not set, and neither is MT_DATABASE_URL: set one"}


class ChannelSettings(Settings):
    """Which channels messages go by; what belongs to another is not set."""

    channels: tuple[Channel, ...] = Field(
        default=tuple(Channel), description="email, text, separated by commas"
    )

    def lacking(self, needed: Mapping[Channel, tuple[str, ...]]) -> Mapping[str, str]:
        """Return the faults of fields that a channel needs, and that are not set.

        Args:
            needed: each channel's fields.
        """
        if not self.channels:
            return {"channels": f"must name one at least: {', '.join(Channel)}"}
        return {
            field: f"is not set: set it, or leave {channel} out of MT_CHANNELS"
            for channel in self.channels
            for field in needed[channel]
            if not getattr(self, field)
        }


class QueueSettings(DatabaseSettings, ChannelSettings):
    """The send queues: each channel's transactional and bulk queue."""

    email_queue_url: str = ""
    email_bulk_queue_url: str = ""
    text_queue_url: str = ""
    text_bulk_queue_url: str = ""
    text_segments_per_second: SegmentsPerSecond = 45.0
    email_chunk_size: Annotated[int, Field(ge=1, le=100)] = 14

    def faults(self) -> Mapping[str, str]:
        """Refuse to be without the queues of a channel that messages go by."""
        queues = {
            Channel.EMAIL: ("email_queue_url", "email_bulk_queue_url"),
            Channel.TEXT: ("text_queue_url", "text_bulk_queue_url"),
        }
        return {**super().faults(), **self.lacking(queues)}

    @property
    def queue_urls(self) -> Mapping[tuple[Channel, Kind], str]:
        """The queues of the channels that messages go by."""
        urls = {
            (Channel.EMAIL, Kind.TRANSACTIONAL): self.email_queue_url,
            (Channel.EMAIL, Kind.MARKETING): self.email_bulk_queue_url,
            (Channel.TEXT, Kind.TRANSACTIONAL): self.text_queue_url,
            (Channel.TEXT, Kind.MARKETING): self.text_bulk_queue_url,
        }
        return {key: url for key, url in urls.items() if key[0] in self.channels}


class WebhookSettings(Settings):
    """Webhooks, for who adds them and for who calls them."""

    webhook_key_secret_arn: str = Field(description="secret that webhooks' secrets are sealed with")
    webhook_local_hosts: Names = Field(
        default=(), description="names that may be called on this machine, by http too"
    )


class SigningSettings(Settings):
    """The keys of our links in mail."""

    signing_keys_secret_arn: str = Field(
        default="", description="secret with the keys that sign our links, as JSON"
    )


class LinkSettings(SigningSettings):
    """Whoever puts links of ours into mail."""

    public_url: str = Field(
        default="",
        pattern=r"^(https?://\S+)?$",
        description="where recipients reach the API; without it mail carries no link of ours",
    )


class AcceptanceSettings(QueueSettings):
    """Whoever accepts messages: which addresses are taken, and who reads lists of them."""

    default_region: str = Field(
        default="", pattern=r"^([A-Z]{2})?$", description="for phone numbers without +country code"
    )
    text_countries: tuple[Country, ...] = Field(
        default=(), description="the only ones SMS go to, separated by commas; any if empty"
    )
    import_queue_url: str


class ArchiveSettings(DatabaseSettings):
    """Who reads the archive of events."""

    archive_bucket: str
    quarantine_prefix: str = "quarantine/"
    soft_bounce_days: SoftBounceDays = 0


class ReportMailSettings(DatabaseSettings):
    """Whom reports and alerts go to, and in whose language and time."""

    report_recipients: Names = Field(description="addresses, separated by commas")
    report_from: str
    report_configuration_set: str
    report_time_zone: str = "UTC"
    report_language: Literal["en", "de"] = "en"
