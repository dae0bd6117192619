"""The Lambdas are built of their environment, and only when they are first asked."""

from collections.abc import Callable, Iterator

import pytest

from message_tracker.core.aws import clients
from message_tracker.failed_message_reporter import handler
from message_tracker.failed_message_reporter.alerts import handler as alerts_handler
from message_tracker.failed_message_reporter.alerts.service import AlertService
from message_tracker.failed_message_reporter.analytics import handler as analytics_handler
from message_tracker.failed_message_reporter.analytics.service import AnalyticsService
from message_tracker.failed_message_reporter.dead_letters import handler as dead_letters_handler
from message_tracker.failed_message_reporter.dead_letters.service import DeadLetterService
from message_tracker.failed_message_reporter.service import ReportService

ENVIRONMENT = {
    "MT_STAGE": "test",
    "MT_DATABASE_URL": "postgresql://127.0.0.1/none",
    "MT_REPORT_RECIPIENTS": "ops@example.com",
    "MT_REPORT_FROM": "tracker@example.com",
    "MT_REPORT_CONFIGURATION_SET": "reports",
    "MT_REPORT_BUCKET": "archive",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    yield
    for cached in (
        handler.reporter,
        alerts_handler.alerts,
        analytics_handler.analytics,
        dead_letters_handler.dead_letters,
    ):
        cached.cache_clear()
    clients.email_client.cache_clear()
    clients.object_client.cache_clear()


@pytest.mark.parametrize(
    ("factory", "service"),
    [
        (handler.reporter, ReportService),
        (alerts_handler.alerts, AlertService),
        (analytics_handler.analytics, AnalyticsService),
        (dead_letters_handler.dead_letters, DeadLetterService),
    ],
)
def test_a_lambda_builds_its_service_once(factory: Callable[[], object], service: type) -> None:
    first, second = factory(), factory()

    assert isinstance(first, service)
    assert first is second
