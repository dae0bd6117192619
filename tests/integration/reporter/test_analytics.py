"""The hourly counting of days, as Lambda runs it."""

from datetime import timedelta

import pytest

from message_tracker.core.settings import AnalyticsSettings
from message_tracker.core.store.daily import DailyAnalytics
from message_tracker.core.store.daily_counting import DailyCounting
from message_tracker.core.store.database import Database
from message_tracker.failed_message_reporter.analytics import handler as lambda_module
from message_tracker.failed_message_reporter.analytics.mailing import DailyMailer
from message_tracker.failed_message_reporter.analytics.service import AnalyticsService
from tests.daily_messages import DAY, NEXT_MORNING, Days
from tests.failed_messages import a_context
from tests.fakes import FakeEmailProvider


@pytest.fixture
def days(database: Database, monkeypatch: pytest.MonkeyPatch) -> Days:
    """An empty database, and a Lambda that works on it on the morning after its first day."""
    days = Days(database)
    service = AnalyticsService(DailyCounting(database), lambda: days.now)
    monkeypatch.setattr(lambda_module, "analytics", lambda: service)
    mailer = DailyMailer(
        DailyCounting(database),
        DailyAnalytics(database),
        FakeEmailProvider(),
        AnalyticsSettings.of(
            {
                "stage": "test",
                "database_url": "x",
                "report_recipients": "ops@example.com",
                "report_from": "tracker@example.com",
                "report_configuration_set": "reports",
                "report_time_zone": "Europe/Berlin",
                "daily_report": True,
            }
        ),
        lambda: days.now,
    )
    monkeypatch.setattr(lambda_module, "mailer", lambda: mailer)
    return days


def test_a_run_says_which_days_it_counted(days: Days) -> None:
    days.store(2)

    answers = [lambda_module.handler({}, a_context()) for _ in range(2)]

    assert [
        {"counted": [str(DAY)], "mailed": str(DAY)},
        {"counted": [], "mailed": None},
    ] == answers


def test_a_run_begins_no_day_when_its_time_is_over(database: Database) -> None:
    service = AnalyticsService(DailyCounting(database), lambda: NEXT_MORNING)

    assert [] == service.run(NEXT_MORNING)
    assert [DAY] == service.run(NEXT_MORNING + timedelta(seconds=1))
