"""The watch: what is too wrong to wait for the next report."""

from constructs import Construct

from infra.functions import Deployment, TrackerFunction
from infra.reporting import report_mail
from infra.schedules import run_every_five_minutes
from infra.tracking import Tracking
from message_tracker.core.settings import AlertSettings


class AlertWatch(TrackerFunction):
    """Judges how sending goes every five minutes, and tells a person once."""

    def __init__(
        self, scope: Construct, construct_id: str, deployment: Deployment, *, tracking: Tracking
    ) -> None:
        config = deployment.config
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="failed_message_reporter.alerts",
            settings=AlertSettings,
            values={
                **report_mail(config, tracking),
                "alert_failure_share": config.alert_failure_share,
                "alert_complaint_share": config.alert_complaint_share,
                "alert_dead_letters": config.alert_dead_letters,
                "alert_least_sent": config.alert_least_sent,
            },
            timeout_seconds=120,
            memory_mb=512,
        )
        run_every_five_minutes(self)
