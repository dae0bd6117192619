"""Reads what carries events: streams, the bucket's notifications, rules, schedules and roles."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from message_tracker.core.domain.doctor.archive import (
    DeliveryStream,
    Notifications,
    Permission,
    Rule,
    Schedule,
)

if TYPE_CHECKING:
    from types_boto3_events import EventBridgeClient
    from types_boto3_firehose import FirehoseClient
    from types_boto3_s3 import S3Client

_OF_LATE = timedelta(hours=1)


def stream(client: "FirehoseClient", name: str) -> DeliveryStream:
    """Return a delivery stream."""
    answer = client.describe_delivery_stream(DeliveryStreamName=name)
    return DeliveryStream.model_validate(answer["DeliveryStreamDescription"])


def freshness(client: Any, name: str, now: datetime) -> timedelta:  # noqa: ANN401 - CloudWatch
    """Return how long records waited in a stream at most in the last hour."""
    answer = client.get_metric_statistics(
        Namespace="AWS/Firehose",
        MetricName="DeliveryToS3.DataFreshness",
        Dimensions=[{"Name": "DeliveryStreamName", "Value": name}],
        StartTime=now - _OF_LATE,
        EndTime=now,
        Period=300,
        Statistics=["Maximum"],
    )
    points = sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])
    return timedelta(seconds=points[-1]["Maximum"] if points else 0)


def notifications(client: "S3Client", bucket: str) -> Notifications:
    """Return whom a bucket tells of new objects."""
    answer = client.get_bucket_notification_configuration(Bucket=bucket)
    return Notifications.model_validate(answer)


def rule(client: "EventBridgeClient", name: str) -> Rule:
    """Return a rule of the default event bus."""
    return Rule.model_validate(client.describe_rule(Name=name))


def schedule(client: Any, name: str) -> Schedule:  # noqa: ANN401 - EventBridge Scheduler
    """Return a schedule."""
    return Schedule.model_validate(client.get_schedule(Name=name))


def permission(client: Any, role: str, action: str, resource: str) -> Permission:  # noqa: ANN401 - IAM
    """Return whether a role may do something, by IAM's own simulation."""
    answer = client.simulate_principal_policy(
        PolicySourceArn=role, ActionNames=[action], ResourceArns=[resource]
    )
    decisions = {one["EvalDecision"] for one in answer["EvaluationResults"]}
    return Permission(role, action, resource, decisions == {"allowed"})
