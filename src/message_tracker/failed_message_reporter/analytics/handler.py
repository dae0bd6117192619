"""The Lambda of daily analytics: hourly, so that a run that was missed is soon made up for."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.settings import AnalyticsSettings
from message_tracker.core.store.daily_counting import DailyCounting
from message_tracker.core.store.database import Database
from message_tracker.failed_message_reporter.analytics.service import AnalyticsService

logger = observability.logger("analytics")
metrics = observability.metrics("analytics")

_STATEMENT_TIMEOUT: Final = timedelta(minutes=9)
_BEGIN_WITHIN: Final = timedelta(minutes=5)  # a day begun then is done before Lambda ends the run


@cache
def analytics() -> AnalyticsService:
    """Return the service of this process."""
    settings = AnalyticsSettings.from_env()
    database = Database(database_url(settings), statement_timeout=_STATEMENT_TIMEOUT)
    return AnalyticsService(DailyCounting(database), lambda: datetime.now(UTC))


@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, list[str]]:
    """Count the days that are due, and say which they were."""
    counted = [str(day) for day in analytics().run(datetime.now(UTC) + _BEGIN_WITHIN)]
    metrics.add_metric(name="DaysCounted", unit=MetricUnit.Count, value=len(counted))
    logger.info("counted", extra={"days": counted})
    return {"counted": counted}
