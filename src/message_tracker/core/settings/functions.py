"""The settings of each function, one frozen model each."""

from collections.abc import Mapping
from typing import Annotated

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.pace import RateMode
from message_tracker.core.domain.tracking import Tracking
from message_tracker.core.domain.variables import Field
from message_tracker.core.settings.parts import (
    AcceptanceSettings,
    ArchiveSettings,
    ChannelSettings,
    DatabaseSettings,
    LinkSettings,
    QueueSettings,
    ReportMailSettings,
    SigningSettings,
    WebhookSettings,
)
from message_tracker.core.settings.values import (
    EmailsPerSecond,
    Months,
    Names,
    OptOutList,
    Seconds,
    SegmentsPerSecond,
    Share,
    SoftBounceDays,
    TopicArn,
)


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
