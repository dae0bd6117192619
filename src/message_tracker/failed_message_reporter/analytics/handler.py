"""The Lambda of daily analytics: hourly, so that a run that was missed is soon made up for."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws import clients
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.aws.ses import SesEmailProvider
from message_tracker.core.aws.start import at_start
from message_tracker.core.settings import AnalyticsSettings
from message_tracker.core.store.daily import DailyAnalytics
from message_tracker.core.store.daily_counting import DailyCounting
from message_tracker.core.store.database import Database
from message_tracker.failed_message_reporter.analytics.mailing import DailyMailer
from message_tracker.failed_message_reporter.analytics.service import AnalyticsService

logger = observability.logger("analytics")
metrics = observability.metrics("analytics")

_STATEMENT_TIMEOUT: Final = timedelta(minutes=9)
_BEGIN_WITHIN: Final = timedelta(minutes=5)  # a day begun then is done before Lambda ends the run


@cache
def analytics() -> AnalyticsService:
    """Return the service of this process."""
    return AnalyticsService(DailyCounting(_database()), _now)


@cache
def mailer() -> DailyMailer:
    """Return the sender of the mail of this process."""
    settings = AnalyticsSettings.from_env()
    return DailyMailer(
        DailyCounting(_database()),
        DailyAnalytics(_database()),
        SesEmailProvider(
            clients.email_client(1), settings.report_from, settings.report_configuration_set
        ),
        settings,
        _now,
    )


@cache
def _database() -> Database:
    url = database_url(AnalyticsSettings.from_env())
    return Database(url, statement_timeout=_STATEMENT_TIMEOUT)


def _now() -> datetime:
    return datetime.now(UTC)


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Count the days that are due, send the mail that is, and say which days they were."""
    counted = [str(day) for day in analytics().run(_now() + _BEGIN_WITHIN)]
    metrics.add_metric(name="DaysCounted", unit=MetricUnit.Count, value=len(counted))
    logger.info("counted", extra={"days": counted})
    mailed = mailer().send_due()
    return {"counted": counted, "mailed": mailed and str(mailed)}


at_start(analytics, mailer)
