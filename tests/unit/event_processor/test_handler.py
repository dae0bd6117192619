import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.settings import EventProcessorSettings
from message_tracker.event_processor import handler as lambda_module
from message_tracker.event_processor.service import Processed
from message_tracker.event_processor.tally import Tally
from tests.fakes import FakeQueue

CONTEXT: Any = SimpleNamespace(
    function_name="event-processor",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:event-processor",
    aws_request_id="r-1",
)
FIELDS = {
    "stage": "dev",
    "database_url": "postgresql:///none",
    "archive_bucket": "archive",
    "webhook_queue_url": "https://sqs.eu-west-1.amazonaws.com/123456789012/webhook",
}


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in FIELDS.items():
        monkeypatch.setenv(f"MT_{name.upper()}", value)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    lambda_module.event_processor.cache_clear()
    yield
    lambda_module.event_processor.cache_clear()


def delivery(*bodies: str) -> dict[str, Any]:
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    return {"Records": records}


@pytest.mark.usefixtures("_environment")
def test_the_service_is_built_of_the_settings_once() -> None:
    built = lambda_module.event_processor()

    assert built is lambda_module.event_processor()
    assert "archive" == built.archive_bucket
    default = EventProcessorSettings.fields()["quarantine_prefix"].rule.default
    assert default == built.archive.quarantine_prefix


@pytest.mark.usefixtures("_environment")
def test_only_what_failed_is_delivered_again() -> None:
    greeting = {
        "Type": "Notification",
        "Message": "Successfully validated SNS topic for Amazon SES event publishing.",
    }

    answer = lambda_module.handler(delivery(json.dumps(greeting), "no event"), CONTEXT)

    assert {"batchItemFailures": [{"itemIdentifier": "1"}]} == answer


def test_counts_become_metrics_and_a_foreign_error_is_not_quoted(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    failures = {"1": Unparseable("not JSON"), "2": ValueError("someone@example.com")}
    processed = Processed(Tally(events=7, matched=5, unmatched=1, quarantined=3), failures)
    service = SimpleNamespace(process=lambda _bodies: processed)
    monkeypatch.setattr(lambda_module, "event_processor", lambda: service)

    lambda_module.handler(delivery("x"), CONTEXT)

    logged = [(vars(record)["error"], vars(record)["reason"]) for record in caplog.records[:-1]]
    lines = capsys.readouterr().out.splitlines()
    metrics = next(json.loads(line) for line in lines if '"_aws"' in line)
    assert [("Unparseable", "not JSON"), ("ValueError", "see its type")] == logged
    assert {
        "EventsRead": [7.0],
        "EventsMatched": [5.0],
        "EventsUnmatched": [1.0],
        "EventsOfUnknownType": [0.0],
        "RecordsQuarantined": [3.0],
        "EventMessagesFailed": [2.0],
    }.items() <= metrics.items()


def test_the_age_of_the_oldest_event_is_the_lag(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tally = Tally(events=1, earliest_at=datetime.now(UTC) - timedelta(seconds=90))
    service = SimpleNamespace(process=lambda _bodies: Processed(tally))
    monkeypatch.setattr(lambda_module, "event_processor", lambda: service)

    lambda_module.handler(delivery("x"), CONTEXT)

    lines = capsys.readouterr().out.splitlines()
    metrics = next(json.loads(line) for line in lines if '"_aws"' in line)
    assert 90 <= metrics["EventLagSeconds"][0] < 100


@pytest.mark.parametrize(("callbacks", "sent"), [(0, []), (3, ["{}"])])
def test_the_webhook_dispatcher_is_woken_when_callbacks_are_owed(
    monkeypatch: pytest.MonkeyPatch, callbacks: int, sent: list[str]
) -> None:
    queue = FakeQueue()
    service = SimpleNamespace(process=lambda _bodies: Processed(Tally(callbacks=callbacks)))
    monkeypatch.setattr(lambda_module, "event_processor", lambda: service)
    monkeypatch.setattr(lambda_module, "webhook_queue", lambda: queue)

    lambda_module.handler(delivery("x"), CONTEXT)

    assert sent == queue.bodies
