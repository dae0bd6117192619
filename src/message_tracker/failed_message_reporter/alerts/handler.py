"""The Lambda that watches: every few minutes it judges, and tells what must be known."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws import clients
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.aws.ses import SesEmailProvider
from message_tracker.core.aws.start import at_start
from message_tracker.core.settings import AlertSettings
from message_tracker.core.store.alerts import AlertStore
from message_tracker.core.store.database import Database
from message_tracker.failed_message_reporter.alerts.service import AlertService

logger = observability.logger("alerts")
metrics = observability.metrics("alerts")


@cache
def alerts() -> AlertService:
    """Return the service of this process."""
    settings = AlertSettings.from_env()
    return AlertService(
        AlertStore(Database(database_url(settings))),
        SesEmailProvider(
            clients.email_client(1), settings.report_from, settings.report_configuration_set
        ),
        settings,
        lambda: datetime.now(UTC),
    )


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, list[str]]:
    """Watch once, and say which alerts were told."""
    told = alerts().watch()
    metrics.add_metric(name="AlertsTold", unit=MetricUnit.Count, value=len(told))
    kinds = [alert.kind.value for alert in told]
    logger.info("watched", extra={"told": kinds})
    return {"told": kinds}


at_start(alerts)
