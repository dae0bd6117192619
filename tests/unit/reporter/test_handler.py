"""The reporter's Lambda says which reports it sent."""

from datetime import UTC, datetime

import pytest

from message_tracker.core.domain.period import Period
from message_tracker.core.store.reports import SentReport
from message_tracker.failed_message_reporter import handler as lambda_handler
from tests.failed_messages import a_context

DAY = Period(datetime(2026, 8, 31, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC))


class Reporter:
    def report(self, asked: Period | None) -> list[SentReport]:
        return [] if asked is None else [SentReport(asked, 3, 12, "reports/r.html", "ses-1")]


@pytest.fixture(autouse=True)
def _reporter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lambda_handler, "reporter", Reporter)


def test_a_report_someone_asked_for_is_named() -> None:
    event = {"period": {"start": "2026-08-31T00:00:00Z", "end": "2026-09-01T00:00:00Z"}}

    answer = lambda_handler.handler(event, a_context())

    report = {
        "period_start": "2026-08-31T00:00:00+00:00",
        "period_end": "2026-09-01T00:00:00+00:00",
        "failures": 3,
        "accepted": 12,
        "object_key": "reports/r.html",
    }
    assert {"reports": [report]} == answer


def test_a_run_with_nothing_due_sends_nothing() -> None:
    answer = lambda_handler.handler({"source": "aws.scheduler"}, a_context())

    assert {"reports": []} == answer
