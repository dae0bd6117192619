"""The way of events: the delivery streams, the bucket, the rules and schedules, the roles."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from pydantic import Field

from message_tracker.core.domain.doctor.finding import AwsCall, Finding, Severity, Shell, verdict
from message_tracker.core.domain.doctor.observed import Observed

_STALE: Final = timedelta(minutes=30)  # as the alarm has it


class Bucket(Observed):
    """Where a stream delivers to, and by which role."""

    bucket_arn: str = Field(alias="BucketARN")
    role_arn: str = Field(default="", alias="RoleARN")


class Destination(Observed):
    """One destination of a stream."""

    to_bucket: Bucket | None = Field(default=None, alias="ExtendedS3DestinationDescription")


class DeliveryStream(Observed):
    """Firehose DescribeDeliveryStream."""

    delivery_stream_name: str
    delivery_stream_arn: str = Field(alias="DeliveryStreamARN")
    delivery_stream_status: str
    destinations: tuple[Destination, ...] = ()


class Notifications(Observed):
    """S3 GetBucketNotificationConfiguration; what is not ours is kept as it is."""

    event_bridge: Mapping[str, Any] | None = Field(default=None, alias="EventBridgeConfiguration")
    topics: tuple[Mapping[str, Any], ...] = Field(default=(), alias="TopicConfigurations")
    queues: tuple[Mapping[str, Any], ...] = Field(default=(), alias="QueueConfigurations")
    functions: tuple[Mapping[str, Any], ...] = Field(
        default=(), alias="LambdaFunctionConfigurations"
    )


class Rule(Observed):
    """EventBridge DescribeRule."""

    name: str
    state: str


class Schedule(Observed):
    """EventBridge Scheduler GetSchedule; the parameters that an update must repeat."""

    name: str
    group_name: str = "default"
    state: str = "ENABLED"
    schedule_expression: str
    flexible_time_window: Mapping[str, Any]
    target: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a role may do what it is there for."""

    role: str
    action: str
    resource: str
    is_allowed: bool


def judge_stream(stream: DeliveryStream, bucket: str, stage: str) -> Iterator[Finding]:
    """Judge whether a stream takes records and delivers them to the archive's bucket."""
    name = stream.delivery_stream_name
    yield verdict(
        f"stream {name}",
        holds=stream.delivery_stream_status == "ACTIVE",
        says="active",
        otherwise=f"it is {stream.delivery_stream_status}: events are lost",
        fix=Shell(f"make deploy STAGE={stage}"),
    )
    buckets = [
        one.to_bucket.bucket_arn.rpartition(":")[2] for one in stream.destinations if one.to_bucket
    ]
    yield verdict(
        f"stream {name} to the archive",
        holds=bucket in buckets,
        says=f"delivers to {bucket}",
        otherwise=f"delivers to {', '.join(buckets) or 'no bucket'}, the archive is {bucket}",
        fix=Shell(f"make deploy STAGE={stage}"),
    )


def missing_stream(name: str, stage: str) -> Finding:
    """Return what to do where a stream is not there."""
    says = "it does not exist: events are lost"
    return Finding(Severity.FAIL, f"stream {name}", says, Shell(f"make deploy STAGE={stage}"))


def judge_freshness(oldest: timedelta, stream: str) -> Iterator[Finding]:
    """Judge how long records waited in a stream at most, of late; zero when nothing came."""
    minutes = oldest / timedelta(minutes=1)
    yield verdict(
        f"stream {stream} freshness",
        holds=oldest < _STALE,
        says=f"records waited {minutes:.0f} minutes at most" if oldest else "nothing waited",
        otherwise=f"records wait for {minutes:.0f} minutes, and are lost after a day",
        fix=AwsCall(
            "logs",
            "FilterLogEvents",
            {"logGroupName": f"/aws/kinesisfirehose/{stream}"},
        ),
    )


def judge_notifications(found: Notifications, bucket: str) -> Iterator[Finding]:
    """Judge whether the bucket tells EventBridge of new objects."""
    kept = found.model_dump(by_alias=True, exclude={"event_bridge"}, mode="json")
    yield verdict(
        "archive notifications",
        holds=found.event_bridge is not None,
        says="EventBridge is told of new objects",
        otherwise=f"{bucket} tells EventBridge nothing: events are read once a day only",
        fix=AwsCall(
            "s3",
            "PutBucketNotificationConfiguration",
            {
                "Bucket": bucket,
                "NotificationConfiguration": {
                    "EventBridgeConfiguration": {},
                    **{name: each for name, each in kept.items() if each},
                },
            },
        ),
    )


def missing_bucket(bucket: str, stage: str) -> Finding:
    """Return what to do where the bucket is not there."""
    says = f"there is no bucket {bucket}"
    return Finding(Severity.FAIL, "archive bucket", says, Shell(f"make deploy STAGE={stage}"))


def judge_rule(rule: Rule) -> Iterator[Finding]:
    """Judge whether a rule that routes events is on."""
    yield verdict(
        f"rule {rule.name}",
        holds=rule.state.startswith("ENABLED"),
        says="on",
        otherwise="it is off: what it routes never arrives",
        fix=AwsCall("events", "EnableRule", {"Name": rule.name}),
    )


def judge_schedule(schedule: Schedule) -> Iterator[Finding]:
    """Judge whether a function that runs by the clock does."""
    repeated = schedule.model_dump(by_alias=True, mode="json")
    yield verdict(
        f"schedule {schedule.name}",
        holds=schedule.state == "ENABLED",
        says=schedule.schedule_expression,
        otherwise="it is off: its function never runs",
        fix=AwsCall("scheduler", "UpdateSchedule", {**repeated, "State": "ENABLED"}),
    )


def missing_rule(subject: str, stage: str) -> Finding:
    """Return what to do where a rule or a schedule is not there."""
    says = "it does not exist"
    return Finding(Severity.FAIL, subject, says, Shell(f"make deploy STAGE={stage}"))


def judge_permission(permission: Permission, stage: str) -> Iterator[Finding]:
    """Judge whether a role may do what it is there for."""
    name = permission.role.rpartition("/")[2]
    yield verdict(
        f"role {name}",
        holds=permission.is_allowed,
        says=f"may {permission.action}",
        otherwise=f"may not {permission.action} on {permission.resource}: events are lost",
        fix=AwsCall(
            "iam",
            "PutRolePolicy",
            {
                "RoleName": name,
                "PolicyName": f"message-tracker-{stage}-events",
                "PolicyDocument": _allowing(permission),
            },
        ),
    )


def _allowing(permission: Permission) -> str:
    return (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow",'
        f'"Action":"{permission.action}","Resource":"{permission.resource}"}}]}}'
    )


def missing_role(subject: str, stage: str) -> Finding:
    """Return what to do where a role is not there."""
    says = "its role does not exist: events are lost"
    return Finding(Severity.FAIL, subject, says, Shell(f"make deploy STAGE={stage}"))
