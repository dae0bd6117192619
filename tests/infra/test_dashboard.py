"""No graph and no alarm is about a metric that nobody writes."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from infra.functions import METRICS_NAMESPACE
from message_tracker.api import service as api_service
from message_tracker.core.domain.canary import Flight
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.outcome import ChannelFault, Throttled, Unknown
from message_tracker.core.store.database import Database
from message_tracker.core.store.dispatch import Deferred
from message_tracker.event_processor import handler as processor
from message_tracker.event_processor.inventory import handler as inventory
from message_tracker.event_processor.inventory.provider_lists import TakenOver
from message_tracker.failed_message_reporter.bookkeeper import handler as bookkeeper
from message_tracker.failed_message_reporter.canary import handler as canary
from message_tracker.sender import handler as sender
from message_tracker.sender import tally
from message_tracker.sender.sweeper import handler as sweeper
from message_tracker.webhook_dispatcher import handler as dispatcher
from tests.infra.cloudformation import Template
from tests.infra.shown import Shown, dashboard, graphs, in_alarms, on_dashboard
from tests.provider_events import email_event, on_the_bus

# AWS' own, with the dimensions that AWS writes them with, by the guides of Amazon SQS, AWS Lambda,
# Amazon Data Firehose, API Gateway and DynamoDB, Amazon SES and AWS End User Messaging.
OF_AWS = {
    "AWS/SQS": (
        {"ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"},
        {"QueueName"},
    ),
    "AWS/Lambda": ({"Errors", "Throttles", "Duration", "Invocations"}, {"FunctionName"}),
    "AWS/Firehose": ({"DeliveryToS3.DataFreshness", "IncomingBytes"}, {"DeliveryStreamName"}),
    "AWS/ApiGateway": ({"4xx", "5xx", "Count", "Latency"}, {"ApiId", "Stage"}),
    "AWS/DynamoDB": ({"ConsumedWriteCapacityUnits"}, {"TableName"}),
    "AWS/SES": (
        {"Send", "Delivery", "Bounce", "Complaint"}
        | {"Reputation.BounceRate", "Reputation.ComplaintRate"},
        set(),
    ),
    "AWS/SMSVoice": (
        {"NumberOfTextMessagePartsSent", "NumberOfTextMessagePartsDelivered"},
        set(),
    ),
}
OF_THE_ACCOUNT = {Shown("AWS/Lambda", "Throttles", ())}

CONTEXT: Any = SimpleNamespace(
    function_name="any",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:any",
    aws_request_id="r-1",
    get_remaining_time_in_millis=lambda: 900_000,
)
ENVIRONMENT = {
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "MT_STAGE": "dev",
    "MT_ARCHIVE_BUCKET": "archive",
    "MT_EVENT_PREFIXES": "events/ses/",
    "MT_WEBHOOK_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/webhook",
    "MT_WEBHOOK_KEY_SECRET_ARN": "arn:key",
    **{
        f"MT_{name}_QUEUE_URL": f"https://sqs.eu-west-1.amazonaws.com/1/{name}"
        for name in ("EMAIL", "EMAIL_BULK", "TEXT", "TEXT_BULK")
    },
}


@pytest.fixture
def environment(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the functions read; the database is a real one, and empty."""
    for name, value in {**ENVIRONMENT, "MT_DATABASE_URL": "postgresql:///none"}.items():
        monkeypatch.setenv(name, value)
    services = {
        sweeper: sweeper.sweeper,
        processor: processor.event_processor,
        dispatcher: dispatcher.dispatcher,
        bookkeeper: bookkeeper.bookkeeper,
        inventory: inventory.inventory,
    }
    for module, service in services.items():
        monkeypatch.setattr(module, "Database", lambda *_, **__: database)
        service.cache_clear()
    yield
    for service in services.values():
        service.cache_clear()


def accept() -> None:
    submission: Any = SimpleNamespace(messages=[new_id()])
    api_service._record(submission, {"group_id": "g"})


def send() -> None:
    messages: Any = {
        (channel, status): SimpleNamespace(channel=channel, units=1)
        for channel in Channel
        for status in tally._SETTLED
    }
    settled = [SimpleNamespace(message_id=key, status=key[1]) for key in messages]
    deferred = Deferred(next(iter(messages)), attempt_id=None, due_at=datetime.now(UTC))
    tally.count_settlements([*settled, deferred], messages)  # type: ignore[list-item] # by place
    tally.count_outcomes(
        [Throttled("later"), ChannelFault("ses/X", "paused"), Unknown("lost"), None]
    )
    tally.count_limiter_unavailable()
    unreadable = {"messageId": "1", "body": "{", "eventSource": "aws:sqs"}
    sender.handler({"Records": [unreadable]}, CONTEXT)


def process() -> None:
    event = on_the_bus(email_event("Delivery", message_id=None, occurred_at=datetime.now(UTC)))
    processor.handler({"Records": [{"messageId": "1", "body": json.dumps(event)}]}, CONTEXT)


def take_inventory() -> None:
    with mock_aws(), pytest.MonkeyPatch.context() as patched:
        boto3.client("s3").create_bucket(
            Bucket="archive", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        lists = SimpleNamespace(take_over=lambda _until: TakenOver())
        patched.setattr(inventory, "provider_lists", lambda: lists)
        inventory.handler({}, CONTEXT)


def keep_books() -> None:
    with pytest.MonkeyPatch.context() as patched:
        cloudwatch = SimpleNamespace(get_metric_statistics=lambda **_: {"Datapoints": []})
        patched.setattr(bookkeeper, "metrics_client", lambda: cloudwatch)
        bookkeeper.handler({}, CONTEXT)


def fly() -> None:
    flights = [
        Flight(channel, "id", status, delivered_after=3.0)
        for channel in Channel
        for status in ("delivered", "failed")
    ]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(canary, "canary", lambda: SimpleNamespace(fly=lambda: flights))
        canary.handler({}, CONTEXT)


RUNS: dict[str, Callable[[], object]] = {
    "api": accept,
    "sender": send,
    "sweeper": lambda: sweeper.handler({}, CONTEXT),
    "event-processor": process,
    "inventory": take_inventory,
    "bookkeeper": keep_books,
    "canary": fly,
    "webhook-dispatcher": lambda: dispatcher.handler({}, CONTEXT),
}


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("service", RUNS)
def test_a_function_writes_each_of_its_metrics_that_is_shown(
    prod: Template, service: str, capsys: pytest.CaptureFixture[str]
) -> None:
    RUNS[service]()

    written = {
        (document["service"], metric["Name"], frozenset(dimensions))
        for line in capsys.readouterr().out.splitlines()
        if '"_aws"' in line
        for document in [json.loads(line)]
        for directive in document["_aws"]["CloudWatchMetrics"]
        if directive["Namespace"] == METRICS_NAMESPACE
        for dimensions in directive["Dimensions"]
        for metric in directive["Metrics"]
    }
    shown = {
        (metric.service, metric.name, metric.dimension_names)
        for metric in [*on_dashboard(prod), *in_alarms(prod)]
        if metric.namespace == METRICS_NAMESPACE and metric.service == service
    }
    assert shown
    assert shown - written == set()


def test_every_function_whose_metrics_are_shown_is_run_here(template: Template) -> None:
    shown = [*on_dashboard(template), *in_alarms(template)]

    assert {one.service for one in shown if one.namespace == METRICS_NAMESPACE} == set(RUNS)


def test_every_metric_of_aws_is_one_that_aws_writes(template: Template) -> None:
    of_aws = {
        (metric.namespace, metric.name): metric.dimension_names
        for metric in [*on_dashboard(template), *in_alarms(template)]
        if metric.namespace != METRICS_NAMESPACE and metric not in OF_THE_ACCOUNT
    }

    assert of_aws == {
        (namespace, name): frozenset(OF_AWS[namespace][1])
        for namespace, (names, _) in OF_AWS.items()
        for name in names
    }


def test_the_dashboard_is_called_as_the_stack(prod: Template) -> None:
    [found] = prod.of_type("AWS::CloudWatch::Dashboard").values()

    assert found["DashboardName"] == "message-tracker-prod"


def test_a_rate_is_shown_beside_the_configured_one(prod: Template) -> None:
    found = {
        title: (
            graph["annotations"]["horizontal"][0]["value"],
            graph["metrics"][0][0]["expression"],
        )
        for title, graph in graphs(prod).items()
        if "annotations" in graph
    }

    assert found == {
        "SMS segments a second": (45, "sent / PERIOD(sent)"),
        "E-mails a second": (14, "sent / PERIOD(sent)"),
    }


def test_every_alarm_has_a_place_on_the_dashboard(template: Template) -> None:
    alarms = template.of_type("AWS::CloudWatch::Alarm")
    [status] = [one for one in dashboard(template)["widgets"] if one["type"] == "alarm"]

    assert set(status["properties"]["alarms"]) == {f"[{logical_id}.Arn]" for logical_id in alarms}


def test_every_queue_function_and_stream_is_on_the_dashboard(template: Template) -> None:
    shown = {value for metric in on_dashboard(template) for _, value in metric.dimensions}
    kinds = ("AWS::Lambda::Function", "AWS::KinesisFirehose::DeliveryStream")
    named = {f"[{logical_id}]" for kind in kinds for logical_id in template.of_type(kind)}
    queues = {
        f"[{logical_id}.QueueName]"
        for logical_id, queue in template.of_type("AWS::SQS::Queue").items()
        if not queue["QueueName"].endswith("report-dlq")  # an alarm tells of it
    }

    assert named | queues <= shown
