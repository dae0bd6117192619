"""Metrics, with the very dimensions that they are written with."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_kinesisfirehose as firehose

from infra.functions import METRICS_NAMESPACE, TrackerFunction

PERIOD = Duration.minutes(5)


def counted(
    function: TrackerFunction,
    name: str,
    *,
    statistic: str = "Sum",
    period: Duration = PERIOD,
    label: str | None = None,
) -> cloudwatch.Metric:
    """Return a metric that a function of this stage writes to its log."""
    return cloudwatch.Metric(
        namespace=METRICS_NAMESPACE,
        metric_name=name,
        dimensions_map={"service": function.service, "stage": function.stage},
        period=period,
        statistic=statistic,
        label=label,
    )


def of_account(
    namespace: str, name: str, *, statistic: str = "Sum", period: Duration = PERIOD
) -> cloudwatch.Metric:
    """Return a metric that AWS keeps for the account and region as a whole: it has no dimension."""
    return cloudwatch.Metric(
        namespace=namespace, metric_name=name, period=period, statistic=statistic
    )


def freshness(stream: firehose.DeliveryStream) -> cloudwatch.Metric:
    """Return the age in seconds of the oldest record that a stream has not yet delivered."""
    return stream.metric("DeliveryToS3.DataFreshness", period=PERIOD, statistic="Maximum")
