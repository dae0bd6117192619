"""What a stage tells of itself, and whom."""

from typing import Annotated, Literal

from pydantic import Field

from infra.config.values import Addresses, FromHeader, Part, TimeZone, default
from message_tracker.core.settings import (
    AlertSettings,
    AnalyticsSettings,
    ReporterSettings,
    Share,
)


class TellingFields(Part):
    """Reports, alerts and alarms."""

    report_recipients: Addresses = Field(min_length=1)
    report_from: FromHeader = Field(
        default="", description="From header of reports; email_from if empty"
    )
    report_period: Literal["hourly", "daily", "weekly"] = default(ReporterSettings, "report_period")
    report_time_zone: TimeZone = default(ReporterSettings, "report_time_zone")
    report_language: Literal["en", "de"] = default(ReporterSettings, "report_language")
    report_names_people: bool = Field(
        default=default(ReporterSettings, "report_names_people"),
        description="true: reports tell recipients as they are, and not masked",
    )
    daily_report: bool = Field(
        default=default(AnalyticsSettings, "daily_report"),
        description="mail the figures of each day, too",
    )
    alert_failure_share: Share = default(AlertSettings, "alert_failure_share")
    alert_complaint_share: Share = default(AlertSettings, "alert_complaint_share")
    alert_dead_letters: Annotated[int, Field(ge=1)] = default(AlertSettings, "alert_dead_letters")
    alert_least_sent: Annotated[int, Field(ge=1)] = default(AlertSettings, "alert_least_sent")
    alarm_recipients: Addresses = ()
    sentry_dsn: str = Field(
        default="",
        pattern=r"^(https?://[^\s@/]+@[^\s/]+/\S+)?$",
        repr=False,
        description="the Sentry project that is told of errors; none if empty",
    )
