"""What CloudWatch counted is asked in its own terms."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from message_tracker.core.aws.clients import metrics_client
from message_tracker.core.aws.provider_counts import CloudWatchCounts
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.message import Channel

UNTIL = datetime(2026, 9, 1, 7, tzinfo=UTC)
SINCE = UNTIL - timedelta(days=1)


@pytest.mark.parametrize(
    ("channel", "namespace", "metric"),
    [
        (Channel.EMAIL, "AWS/SES", "Send"),
        (Channel.TEXT, "AWS/SMSVoice", "NumberOfTextMessagePartsSent"),
    ],
)
def test_the_hours_are_added_up(channel: Channel, namespace: str, metric: str) -> None:
    client = boto3.client("cloudwatch")
    asked = {
        "Namespace": namespace,
        "MetricName": metric,
        "StartTime": SINCE,
        "EndTime": UNTIL,
        "Period": 3600,
        "Statistics": ["Sum"],
    }
    points = [{"Timestamp": SINCE, "Sum": 40.0}, {"Timestamp": UNTIL, "Sum": 2.0}]
    with Stubber(client) as stubber:
        stubber.add_response("get_metric_statistics", {"Datapoints": points}, asked)
        stubber.add_response("get_metric_statistics", {"Datapoints": []}, asked)
        counts = CloudWatchCounts(lambda: client)

        found = [counts.sent(channel, SINCE, UNTIL) for _ in range(2)]

    assert [42, None] == found


def test_who_may_not_ask_is_told() -> None:
    client = boto3.client("cloudwatch")
    with Stubber(client) as stubber:
        stubber.add_client_error("get_metric_statistics", "AccessDenied")

        with pytest.raises(Unavailable, match="AccessDenied"):
            CloudWatchCounts(lambda: client).sent(Channel.EMAIL, SINCE, UNTIL)


def test_a_service_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("cloudwatch")

    def unreachable(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:1")

    monkeypatch.setattr(client, "get_metric_statistics", unreachable)

    with pytest.raises(Unavailable, match="EndpointConnectionError"):
        CloudWatchCounts(lambda: client).sent(Channel.EMAIL, SINCE, UNTIL)


def test_a_machine_without_a_region_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    with pytest.raises(Unavailable, match="NoRegionError"):
        CloudWatchCounts(metrics_client).sent(Channel.EMAIL, SINCE, UNTIL)
