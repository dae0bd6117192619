"""The canary: calls the API as a caller does, and waits for what it sent to be delivered."""

from string import punctuation

from aws_cdk import RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import StageConfig
from infra.functions import Deployment, TrackerFunction
from infra.schedules import run_every_so_often
from message_tracker.core.settings import CanarySettings

_KEY_LENGTH = 43  # of an API key's random part
# Behind Firehose's buffer come S3's notification, the event queue and a provider's own delay.
_EVENTS_TAKE = 180
_LONGEST_WAIT = 840
_SECONDS_TO_CALL = 45  # before and after the wait; an answer may take 30


class CanarySecret(secretsmanager.Secret):
    """What the canary's API key is made of: AWS makes it, and the function makes it known."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            description=f"{config.name}: the API key of the scheduled canary",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=_KEY_LENGTH,
                exclude_punctuation=True,
                exclude_characters=punctuation,  # the same; the local emulator knows this only
            ),
            removal_policy=RemovalPolicy.DESTROY,
        )


class Canary(TrackerFunction):
    """Flies every `canary_minutes`, or when a person invokes it."""

    def __init__(
        self, scope: Construct, construct_id: str, deployment: Deployment, *, api_url: str
    ) -> None:
        config = deployment.config
        secret = CanarySecret(scope, f"{construct_id}Secret", config)
        within = min(config.archive_buffer_seconds + _EVENTS_TAKE, _LONGEST_WAIT)
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="failed_message_reporter.canary",
            settings=CanarySettings,
            values={
                "api_url": api_url,
                "canary_secret_arn": secret.secret_arn,
                "canary_within_seconds": within,
            },
            timeout_seconds=within + _SECONDS_TO_CALL,
            memory_mb=256,  # it mostly waits
        )
        secret.grant_read(self)
        if config.canary_minutes:
            run_every_so_often(self, config.canary_minutes)
