"""The settings of each Lambda: one frozen model each, read once, from the environment, by name.

Field `email_from` is the variable `MT_EMAIL_FROM`, and so on. Nothing else reads the environment.
"""

import os
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.domain.pace import RateMode
from message_tracker.core.domain.tracking import Tracking
from message_tracker.core.domain.variables import Field, Variables

EmailsPerSecond = Annotated[float, Field(gt=0)]
SegmentsPerSecond = Annotated[float, Field(gt=0, le=10_000)]
Seconds = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(gt=0, le=1)]
Months = Annotated[int, Field(ge=1, le=120)]


Names = tuple[str, ...]
"""Several, separated by commas."""

TopicArn = Annotated[
    str, Field(pattern=r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$")
]

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
"""Its code in ISO 3166-1, as US."""

SoftBounceDays = Annotated[int, Field(ge=0, le=30)]
"""On how many days within 30 an address bounces softly until it is suppressed; 0 for never."""

OptOutList = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""The name of the SMS opt-out list that our numbers have."""


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


class ImporterSettings(AcceptanceSettings):
    """The importer."""


class ApiSettings(AcceptanceSettings, SigningSettings, WebhookSettings):
    """The HTTP API."""

    default_audience: str = Field(
        default="", description="gets what names no recipients; none if empty"
    )
    import_sources: Names = Field(
        default=(), description="beginnings of the URLs whose objects may list recipients"
    )
    text_opt_out_list: OptOutList = "Default"
    report_bucket: str = Field(description="where the reporter keeps reports")
    limiter_table: str
    email_per_second: EmailsPerSecond = 14.0
    event_queue_url: str
    webhook_queue_url: str = Field(description="wakes the webhook dispatcher")
    sns_topic_arns: tuple[TopicArn, ...] = Field(
        default=(), description="topics that may post to /events/sns, separated by commas"
    )


class SweeperSettings(QueueSettings):
    """The sweeper."""

    email_unconfirmed_after_seconds: Seconds = 900
    text_unconfirmed_after_seconds: Seconds = 4 * 3600
    requeue_after_seconds: Seconds = 24 * 3600
    sms_resend: bool = Field(
        default=False, description="send a text once more that could not be reached for a time"
    )
    soft_bounce_days: SoftBounceDays = 0


class SenderSettings(DatabaseSettings, LinkSettings, ChannelSettings):
    """The sender of every channel."""

    tracking: Tracking = Field(
        default=Tracking.SES, description="whose open pixel and links mail carries"
    )
    unsubscribe_mailto: str = Field(
        default="", description="address that takes unsubscriptions by mail"
    )

    limiter_table: str
    email_from: str = Field(default="", description="From header of every e-mail: Name <address>")
    email_configuration_set: str = ""
    email_per_second: EmailsPerSecond = 14.0
    text_segments_per_second: SegmentsPerSecond = 45.0
    text_rate_mode: RateMode = RateMode.PACED
    text_origination_identity: str = Field(
        default="", description="phone number, sender ID or pool (id or ARN)"
    )
    text_configuration_set: str = ""
    provider_connections: Annotated[int, Field(ge=1, le=64)] = 16

    def faults(self) -> Mapping[str, str]:
        """Refuse to be without who sends by a channel that messages go by."""
        senders = {
            Channel.EMAIL: ("email_from", "email_configuration_set"),
            Channel.TEXT: ("text_origination_identity", "text_configuration_set"),
        }
        return {**super().faults(), **self.lacking(senders)}


class WebhookDispatcherSettings(DatabaseSettings, WebhookSettings):
    """The webhook dispatcher."""

    webhook_calls: Annotated[int, Field(ge=1, le=256)] = Field(
        default=64, description="calls at a time, to all endpoints together"
    )
    webhook_calls_each: Annotated[int, Field(ge=1, le=64)] = Field(
        default=16, description="calls at a time to one endpoint"
    )


class ArchiveSettings(DatabaseSettings):
    """Who reads the archive of events."""

    archive_bucket: str
    quarantine_prefix: str = "quarantine/"
    soft_bounce_days: SoftBounceDays = 0


class EventProcessorSettings(ArchiveSettings):
    """The event processor."""

    webhook_queue_url: str = Field(description="wakes the webhook dispatcher")


class InventorySettings(ArchiveSettings, ChannelSettings):
    """The daily inventory of the archive."""

    event_prefixes: Names = Field(
        description="of the archive's keys, up to the date; separated by commas"
    )
    text_opt_out_list: OptOutList = "Default"
    inventory_days: Annotated[int, Field(ge=1, le=30)] = 3


class ReportMailSettings(DatabaseSettings):
    """Whom reports and alerts go to, and in whose language and time."""

    report_recipients: Names = Field(description="addresses, separated by commas")
    report_from: str
    report_configuration_set: str
    report_time_zone: str = "UTC"
    report_language: Literal["en", "de"] = "en"


class AnalyticsSettings(ReportMailSettings):
    """The hourly counting of days, and the mail with their figures."""

    daily_report: bool = Field(default=False, description="mail the figures of each day")


class AlertSettings(ReportMailSettings):
    """The watch: from what on a person is told at once."""

    alert_failure_share: Share = Field(default=0.1, description="of what was sent within an hour")
    alert_complaint_share: Share = Field(default=0.001, description="of a day's e-mails")
    alert_dead_letters: Annotated[int, Field(ge=1)] = Field(default=1, description="in an hour")
    alert_least_sent: Annotated[int, Field(ge=1)] = Field(
        default=100, description="a share of fewer messages says nothing"
    )


class ReporterSettings(ReportMailSettings, LinkSettings):
    """The failed-message reporter."""

    dashboard_url: str = Field(
        default="",
        pattern=r"^(https://\S+)?$",
        description="the stage's dashboard; none if empty",
    )
    report_bucket: str
    report_prefix: str = "reports/"
    report_period: Annotated[str, Field(pattern=r"^(hourly|daily|weekly)$")] = "daily"
    report_names_people: bool = Field(
        default=False, description="true: recipients are told as they are, and not masked"
    )


class DeadLetterSettings(DatabaseSettings):
    """The consumer of the dead-letter queues."""


class CanarySettings(DatabaseSettings, ChannelSettings):
    """The scheduled canary."""

    api_url: str = Field(description="base URL of the HTTP API, as callers have it")
    canary_secret_arn: str = Field(description="secret that the canary's API key is made of")
    canary_within_seconds: Annotated[int, Field(ge=1, le=900)] = Field(
        default=240, description="how long it waits for the events of what it sent"
    )


class BookkeeperSettings(DatabaseSettings):
    """The hourly and daily audit."""


class RetentionSettings(DatabaseSettings):
    """The daily letting go of what is old."""

    keep_personal_months: Months = Field(
        default=6, description="how long recipients and details of events are kept"
    )
    keep_event_months: Months = Field(default=13, description="how long events are kept")


class MigratorSettings(DatabaseSettings):
    """Who migrates the schema at a deployment."""
