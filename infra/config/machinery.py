"""What a stage runs on: its functions, its archive, and what it keeps how long."""

from typing import Annotated, Literal

from pydantic import Field

from infra.config.values import Account, Days, KeyArn, Part, Region, default
from message_tracker.core.settings import Months, RetentionSettings, Seconds, SweeperSettings


class MachineryFields(Part):
    """The account, Lambda, Firehose, S3 and CloudWatch Logs."""

    account: Account = Field(
        default="",
        description="the AWS account that the stage belongs in; that of the credentials if empty",
    )
    region: Region = Field(
        default="", description="its region, as eu-central-1; that of the credentials if empty"
    )
    creates_kms_key: bool = Field(
        default=False, description="true: all that is kept is encrypted by a key of the stack's own"
    )
    kms_key_arn: KeyArn = Field(
        default="", description="a customer-managed key that is there already, for the same"
    )
    requeue_after_seconds: Seconds = Field(
        default=default(SweeperSettings, "requeue_after_seconds"),
        description="how long a message waits on a queue before its chunk is taken for lost",
    )
    sender_memory_mb: Annotated[int, Field(ge=256, le=3008)] = 512
    sender_timeout_seconds: Annotated[int, Field(ge=10, le=900)] = 60
    event_processor_timeout_seconds: Annotated[int, Field(ge=10, le=900)] = 300
    event_processor_concurrency: Annotated[int, Field(ge=2, le=1000)] = 5
    archive_buffer_seconds: Annotated[int, Field(ge=0, le=900)] = 60
    fast_events: Literal["failures", "all"] = Field(
        default="failures",
        description="what comes by EventBridge too, ahead of the archive: each event costs a"
        " queue's message",
    )
    event_batching_seconds: Annotated[int, Field(ge=0, le=300)] = Field(
        default=5, description="how long an event may wait for others to be read with"
    )
    traces: Literal["all", "requests"] = Field(
        default="all", description="what X-Ray records: every function's runs, or the API's alone"
    )
    archive_buffer_mebibytes: Annotated[int, Field(ge=1, le=128)] = 5
    archive_retention_days: Annotated[int, Field(ge=91)] = 400
    keep_personal_months: Months = default(RetentionSettings, "keep_personal_months")
    keep_event_months: Months = default(RetentionSettings, "keep_event_months")
    log_retention_days: Days = 30
    keeps_data: bool = Field(
        default=True, description="data outlives the stack; what holds it is deletion-protected"
    )
