"""The bookkeeper: looks each hour, and each day at everything, whether a message was lost."""

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.functions import Deployment, TrackerFunction
from infra.schedules import run_every_day, run_every_hour
from message_tracker.core.settings import BookkeeperSettings

_TIMEOUT_SECONDS = 900


class Bookkeeper(TrackerFunction):
    """Audits the database, and asks CloudWatch what the providers have counted."""

    def __init__(self, scope: Construct, construct_id: str, deployment: Deployment) -> None:
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="failed_message_reporter.bookkeeper",
            settings=BookkeeperSettings,
            values={},
            timeout_seconds=_TIMEOUT_SECONDS,
            concurrency=2,  # the hour's and the day's
            memory_mb=512,
        )
        # CloudWatch's reading actions know no resource.
        self.add_to_role_policy(
            iam.PolicyStatement(actions=["cloudwatch:GetMetricStatistics"], resources=["*"])
        )
        run_every_hour(self)
        run_every_day(self, {"full": True})
