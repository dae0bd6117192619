from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from message_tracker.event_processor.retention import handler as lambda_module
from message_tracker.event_processor.retention.service import LetGo

CONTEXT: Any = SimpleNamespace(
    function_name="retention",
    memory_limit_in_mb=512,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:retention",
    aws_request_id="r-1",
    get_remaining_time_in_millis=lambda: 900_000,
)


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MT_STAGE", "dev")
    monkeypatch.setenv("MT_DATABASE_URL", "postgresql:///none")
    monkeypatch.setenv("MT_KEEP_EVENT_MONTHS", "24")
    lambda_module.retention.cache_clear()
    yield
    lambda_module.retention.cache_clear()


@pytest.mark.usefixtures("_environment")
def test_the_service_is_built_of_the_settings_once() -> None:
    built = lambda_module.retention()

    assert built is lambda_module.retention()
    assert (6, 24) == (built.keep_personal_months, built.keep_event_months)
    assert built.now().tzinfo is not None


def test_a_run_ends_before_lambda_ends_it_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []

    def run(until: datetime) -> LetGo:
        asked.append(until)
        return LetGo(recipients=5, details=9, dropped=["message_event_2025_01"])

    monkeypatch.setattr(lambda_module, "retention", lambda: SimpleNamespace(run=run))

    counts = lambda_module.handler({}, CONTEXT)

    assert {
        "RecipientsForgotten": 5,
        "DetailsForgotten": 9,
        "MonthsDropped": 1,
        "DeliveriesForgotten": 0,
    } == counts
    (until,) = asked
    assert until < datetime.now(UTC) + timedelta(seconds=860)
