"""The clients of AWS' services, made once per process.

A provider or the limiter is called exactly once per attempt: the SDK's own retries would send a
message twice, as neither SES nor SMS has an idempotency token. Endpoints follow botocore's
variables (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_SESV2` …), so local mode needs no code here.

They are made by botocore, as boto3 makes its own: its resources and its transfers of files, which
nothing here uses, would be a sixth of what it costs to load.
"""

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, TypeVar, cast

from botocore.config import Config
from botocore.session import Session

from message_tracker.core.aws import service_models
from message_tracker.core.aws.provider_counts import MetricsClient

if TYPE_CHECKING:  # the types are a tool of development and no part of the deployed asset
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client
    from types_boto3_s3 import S3Client
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sesv2 import SESV2Client
    from types_boto3_sns import SNSClient
    from types_boto3_sqs import SQSClient

Client = TypeVar("Client")


@cache
def _session() -> Session:
    return service_models.session()


if TYPE_CHECKING:
    from boto3 import client as _client  # whose stubs know which name is which service
else:

    def _client(service: str, *, config: Config, region_name: str | None = None) -> object:
        return _session().create_client(service, config=config, region_name=region_name)


# A call that takes longer than 10 s is given up as unknown: the Lambda's time is bounded.
PROVIDER = Config(
    retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=10, tcp_keepalive=True
)
# The limiter retries by itself, with a reservation's name that makes it safe (domain/slot.py).
LIMITER = Config(
    retries={"total_max_attempts": 1}, connect_timeout=0.5, read_timeout=0.5, tcp_keepalive=True
)
# A lease is looked at again 150 ms before its start: an answer that takes longer comes too late.
LOOK = LIMITER.merge(Config(connect_timeout=0.1, read_timeout=0.1))
# What may be done twice is left to the SDK; at worst it takes 20 s, less than an HTTP API waits.
RETRIED = Config(
    retries={"total_max_attempts": 3, "mode": "standard"}, connect_timeout=1, read_timeout=5
)

# A person waits for an answer that has other parts: what does not come within 4 s is "unknown".
GLANCE = Config(retries={"total_max_attempts": 1}, connect_timeout=1, read_timeout=3)


@cache
def email_client(connections: int) -> "SESV2Client":
    """Return the client of SES for so many calls at a time."""
    config = PROVIDER.merge(Config(max_pool_connections=connections))
    return _client("sesv2", config=config)


@cache
def text_client(connections: int) -> "PinpointSMSVoiceV2Client":
    """Return the client of End User Messaging SMS for so many calls at a time."""
    config = PROVIDER.merge(Config(max_pool_connections=connections))
    return _client("pinpoint-sms-voice-v2", config=config)


@cache
def email_list_client(*, is_patient: bool) -> "SESV2Client":
    """Return the client of SES' suppression list."""
    return _client("sesv2", config=RETRIED if is_patient else GLANCE)


@cache
def text_list_client(*, is_patient: bool) -> "PinpointSMSVoiceV2Client":
    """Return the client of End User Messaging SMS' opt-out lists."""
    return _client("pinpoint-sms-voice-v2", config=RETRIED if is_patient else GLANCE)


@cache
def limiter_client() -> "DynamoDBClient":
    """Return the client of the rate limiter's table."""
    return _client("dynamodb", config=LIMITER)


@cache
def look_client() -> "DynamoDBClient":
    """Return the client of the same table for reads that cannot wait."""
    return _client("dynamodb", config=LOOK)


@cache
def queue_client() -> "SQSClient":
    """Return the client of all queues."""
    return _client("sqs", config=RETRIED)


@cache
def object_client() -> "S3Client":
    """Return the client of all buckets."""
    return _client("s3", config=RETRIED)


@cache
def secret_client() -> "SecretsManagerClient":
    """Return the client of Secrets Manager."""
    return _client("secretsmanager", config=RETRIED)


@cache
def notification_client(region: str) -> "SNSClient":
    """Return the client of a region's topics."""
    return _client("sns", config=RETRIED, region_name=region)


@cache
def metrics_client() -> "MetricsClient":
    """Return the client of CloudWatch's metrics."""
    client: MetricsClient = _client("cloudwatch", config=RETRIED)
    return client


def later(make: Callable[[], Client]) -> Client:
    """Return what stands for a client until it is called, which few of a function's starts come to.

    Args:
        make: one of the functions above; it is called by the first call of the client.
    """
    return cast("Client", _Later(make))


class _Later:
    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def __getattr__(self, name: str) -> object:
        return getattr(self._make(), name)
