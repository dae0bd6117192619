"""The failed-message reporter: the scheduled report, and the reading of dead letters."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import Duration, TimeZone
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.archive import REPORTS_PREFIX, Archive
from infra.config import LOCAL, StageConfig
from infra.functions import Deployment, TrackerFunction
from infra.links import SigningKeys
from infra.queue import DEAD_LETTER_TIMEOUT_SECONDS, encrypted
from infra.schedules import run_on_schedule
from infra.tracking import Tracking
from infra.wake_ups import wake
from message_tracker.core.settings import DeadLetterSettings, ReporterSettings

_LETTERS_PER_INVOCATION = 10
_CONCURRENCY = 2
# When the working day of the report's time zone begins.
_WHEN = {
    "hourly": {"minute": "5"},  # a period is over when what is dated inside it has come
    "daily": {"minute": "0", "hour": "7"},
    "weekly": {"minute": "0", "hour": "7", "week_day": "MON"},
}


def dashboard_url(config: StageConfig, region: str) -> str:
    """Return where CloudWatch shows the stage's dashboard; nowhere for the local stage."""
    if config.stage == LOCAL:
        return ""
    console = f"https://{region}.console.aws.amazon.com/cloudwatch/home"
    return f"{console}?region={region}#dashboards/dashboard/{config.name}"


def report_mail(config: StageConfig, tracking: Tracking) -> dict[str, object]:
    """Return the settings of whoever mails what is told of the stage: to whom, from whom, how."""
    return {
        "report_recipients": config.report_recipients,
        "report_from": config.from_of_reports,
        "report_configuration_set": tracking.reports_name,
        "report_time_zone": config.report_time_zone,
        "report_language": config.report_language,
    }


class MissedReports(sqs.Queue):
    """Where a report leaves a letter that could not be made; an alarm watches it."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            queue_name=f"{config.name}-report-dlq",
            retention_period=Duration.days(14),
            **encrypted(scope),
            enforce_ssl=True,
        )


class Reporter(TrackerFunction):
    """Tells a person, on a schedule, what failed and why."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        deployment: Deployment,
        *,
        archive: Archive,
        tracking: Tracking,
        missed: MissedReports,
        keys: SigningKeys,
        public_url: str,
    ) -> None:
        config = deployment.config
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="failed_message_reporter",
            settings=ReporterSettings,
            values={
                **report_mail(config, tracking),
                "report_bucket": archive.bucket.bucket_name,
                "report_prefix": REPORTS_PREFIX,
                "report_period": config.report_period,
                "report_names_people": config.report_names_people,
                "signing_keys_secret_arn": keys.secret_arn,
                "public_url": public_url,
                "dashboard_url": dashboard_url(config, cdk.Aws.REGION),
            },
            timeout_seconds=300,
            memory_mb=512,
        )
        keys.grant_read(self)
        zone = TimeZone.of(config.report_time_zone)
        expression = scheduler.ScheduleExpression.cron(
            **_WHEN[config.report_period], time_zone=zone
        )
        run_on_schedule(self, expression, missed)


class DeadLetterReader(TrackerFunction):
    """Marks the messages of dead letters as failed, with the reason."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        deployment: Deployment,
        *,
        queues: Sequence[sqs.Queue],
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="failed_message_reporter.dead_letters",
            settings=DeadLetterSettings,
            values={},
            timeout_seconds=DEAD_LETTER_TIMEOUT_SECONDS,
            concurrency=_CONCURRENCY * len(queues),
            memory_mb=512,
        )
        for queue in queues:
            wake(self, queue, batch_size=_LETTERS_PER_INVOCATION, concurrency=_CONCURRENCY)
