"""Daily analytics: each hour, the days that are over or of which more was told are counted."""

from aws_cdk import Duration
from constructs import Construct

from infra.functions import Deployment, TrackerFunction
from infra.reporting import report_mail
from infra.schedules import run_every_hour
from infra.tracking import Tracking
from message_tracker.core.settings import AnalyticsSettings

_TIMEOUT_SECONDS = 900


class Analytics(TrackerFunction):
    """Counts days in Postgres, and keeps their counts there."""

    def __init__(
        self, scope: Construct, construct_id: str, deployment: Deployment, *, tracking: Tracking
    ) -> None:
        config = deployment.config
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="failed_message_reporter.analytics",
            settings=AnalyticsSettings,
            values={
                **report_mail(config, tracking),
                "daily_report": config.daily_report,
            },
            timeout_seconds=_TIMEOUT_SECONDS,
            memory_mb=512,
        )
        self.configure_async_invoke(retry_attempts=0, max_event_age=Duration.hours(1))
        run_every_hour(self)
