"""The dispatcher's Lambda: built from its environment, woken by whatever event."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from message_tracker.webhook_dispatcher import handler as lambda_module

CONTEXT: Any = SimpleNamespace(
    function_name="webhook-dispatcher",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:webhook-dispatcher",
    aws_request_id="r-1",
    get_remaining_time_in_millis=lambda: 90_000,
)


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MT_STAGE", "dev")
    monkeypatch.setenv("MT_DATABASE_URL", "postgresql:///none")
    monkeypatch.setenv("MT_WEBHOOK_KEY_SECRET_ARN", "arn:key")
    monkeypatch.setenv("MT_WEBHOOK_LOCAL_HOSTS", "")
    lambda_module.dispatcher.cache_clear()
    yield
    lambda_module.dispatcher.cache_clear()


@pytest.mark.usefixtures("_environment")
def test_the_service_is_built_of_the_settings_once() -> None:
    built = lambda_module.dispatcher()

    assert built is lambda_module.dispatcher()
    assert 64 == built.calls
    assert built.now().tzinfo is not None
    assert 0 <= built.fraction() < 1


def test_calls_end_before_lambda_ends_them_and_are_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deadlines: list[datetime] = []

    def dispatch(deadline: datetime) -> Counter[str]:
        deadlines.append(deadline)
        return Counter(CallbacksDelivered=5, WebhooksDisabled=1)

    monkeypatch.setattr(lambda_module, "dispatcher", lambda: SimpleNamespace(dispatch=dispatch))
    before = datetime.now(UTC)

    answer = lambda_module.handler({}, CONTEXT)

    lines = capsys.readouterr().out.splitlines()
    metrics = next(json.loads(line) for line in lines if '"_aws"' in line)
    assert {"batchItemFailures": []} == answer
    assert timedelta(seconds=55) < deadlines[0] - before < timedelta(seconds=65)
    assert ([5.0], [1.0]) == (metrics["CallbacksDelivered"], metrics["WebhooksDisabled"])
