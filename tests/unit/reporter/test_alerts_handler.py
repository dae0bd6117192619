"""The watch's Lambda says which alerts it told."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from message_tracker.core.domain.alert import Alert, AlertKind
from message_tracker.failed_message_reporter.alerts import handler as lambda_handler
from tests.failed_messages import a_context


class Watch:
    def watch(self) -> list[Alert]:
        at = datetime(2026, 8, 31, tzinfo=UTC)
        return [Alert(uuid4(), AlertKind.DEAD_LETTERS, 1, 1, at, None)]


def test_a_run_names_what_it_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambda_handler, "alerts", Watch)

    assert {"told": ["letters"]} == lambda_handler.handler({}, a_context())
