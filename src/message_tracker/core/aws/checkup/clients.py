"""The clients of a check-up: each call is over within seconds, so that no service holds it up."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import NoRegionError

from message_tracker.core.aws.server_time import learn_time
from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.domain.skew import Skew

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_firehose import FirehoseClient
    from types_boto3_lambda import LambdaClient
    from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client
    from types_boto3_s3 import S3Client
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sqs import SQSClient

# Describing calls of SMS are limited to one a second: a second attempt finds room.
_BRIEF = Config(
    retries={"total_max_attempts": 3, "mode": "standard"}, connect_timeout=2, read_timeout=4
)


@dataclass(frozen=True, slots=True)
class Clients:
    """One client of each service that is looked at."""

    email: "SESV2Client"
    text: "PinpointSMSVoiceV2Client"
    stacks: "CloudFormationClient"
    functions: "LambdaClient"
    queues: "SQSClient"
    buckets: "S3Client"
    streams: "FirehoseClient"
    rules: "EventBridgeClient"
    secrets: "SecretsManagerClient"
    # No types of these services are installed, for one call each.
    schedules: Any
    metrics: Any
    roles: Any

    @classmethod
    def made(cls) -> "Clients":
        """Return clients by the machine's own credentials and region.

        Raises:
            ConfigurationFault: no region is set.
        """
        try:
            return cls._made()
        except NoRegionError as error:
            raise ConfigurationFault("no AWS region is set: export AWS_REGION=…") from error

    @classmethod
    def _made(cls) -> "Clients":
        return cls(
            email=boto3.client("sesv2", config=_BRIEF),
            text=boto3.client("pinpoint-sms-voice-v2", config=_BRIEF),
            stacks=boto3.client("cloudformation", config=_BRIEF),
            functions=boto3.client("lambda", config=_BRIEF),
            queues=boto3.client("sqs", config=_BRIEF),
            buckets=boto3.client("s3", config=_BRIEF),
            streams=boto3.client("firehose", config=_BRIEF),
            rules=boto3.client("events", config=_BRIEF),
            secrets=boto3.client("secretsmanager", config=_BRIEF),
            schedules=boto3.client("scheduler", config=_BRIEF),
            metrics=boto3.client("cloudwatch", config=_BRIEF),
            roles=boto3.client("iam", config=_BRIEF),
        )

    def learn_time(self, skew: Skew, clock: Callable[[], int]) -> None:
        """Have `skew` learn from every answer; `clock` gives µs since the epoch."""
        for each in fields(self):
            learn_time(getattr(self, each.name), skew, clock)
