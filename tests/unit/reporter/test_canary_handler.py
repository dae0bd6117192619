"""The canary's Lambda: built of its environment, and counting what did not arrive."""

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from message_tracker.core.domain.canary import Flight
from message_tracker.core.domain.message import Channel
from message_tracker.failed_message_reporter.canary import handler as lambda_module

CONTEXT: Any = SimpleNamespace(
    function_name="canary",
    memory_limit_in_mb=256,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:canary",
    aws_request_id="r-1",
    get_remaining_time_in_millis=lambda: 240_000,
)
ENVIRONMENT = {
    "MT_STAGE": "dev",
    "MT_DATABASE_URL": "postgresql:///none",
    "MT_API_URL": "https://api.example.com/",
    "MT_CANARY_SECRET_ARN": "arn:canary",
}


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    lambda_module.canary.cache_clear()
    yield
    lambda_module.canary.cache_clear()


@pytest.mark.usefixtures("_environment")
def test_the_service_is_built_of_the_settings_once() -> None:
    built = lambda_module.canary()

    assert built is lambda_module.canary()
    assert ("dev", tuple(Channel), 240) == (built.stage, built.channels, built.within)
    assert built.clock().tzinfo is not None


def test_what_did_not_arrive_is_counted_and_what_did_is_timed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    flights = [
        Flight(Channel.EMAIL, "m-1", "delivered", delivered_after=4.5),
        Flight(Channel.TEXT, "m-2", "sent", sent_after=1.0),
    ]
    service = SimpleNamespace(fly=lambda: flights)
    monkeypatch.setattr(lambda_module, "canary", lambda: service)

    answer = lambda_module.handler({}, CONTEXT)

    lines = capsys.readouterr().out.splitlines()
    metrics = next(json.loads(line) for line in lines if '"_aws"' in line)
    assert ["delivered", "sent"] == [flight["status"] for flight in answer["flights"]]
    assert ([1.0], [4.5]) == (metrics["CanaryFailed"], metrics["CanaryEmailSeconds"])
    assert "CanaryTextSeconds" not in metrics
    assert [["m-2"]] == [
        [vars(record)["flight"]["message_id"]]
        for record in caplog.records
        if record.levelname == "ERROR"
    ]
