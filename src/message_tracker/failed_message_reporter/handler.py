"""The reporter's Lambda: decode, delegate, encode."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws import clients
from message_tracker.core.aws.s3 import S3Objects
from message_tracker.core.aws.secrets import database_url, signing_keys
from message_tracker.core.aws.ses import SesEmailProvider
from message_tracker.core.aws.signing_keys import SecretKeyRing
from message_tracker.core.aws.start import at_start
from message_tracker.core.settings import ReporterSettings
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database
from message_tracker.core.store.reports import ReportStore, SentReport
from message_tracker.failed_message_reporter.request import requested_period
from message_tracker.failed_message_reporter.service import ReportService

logger = observability.logger("failed-message-reporter")
metrics = observability.metrics("failed-message-reporter")

# The books pass over all messages; nobody waits for a report.
_STATEMENT_TIMEOUT = timedelta(minutes=2)


@cache
def reporter() -> ReportService:
    """Return the service of this process."""
    settings = ReporterSettings.from_env()
    database = Database(database_url(settings), statement_timeout=_STATEMENT_TIMEOUT)
    return ReportService(
        ReportStore(database),
        BooksStore(database),
        SesEmailProvider(
            clients.email_client(1), settings.report_from, settings.report_configuration_set
        ),
        S3Objects(clients.object_client()),
        settings,
        SecretKeyRing(signing_keys(settings), _now),
        _now,
    )


def _now() -> datetime:
    return datetime.now(UTC)


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, list[dict[str, Any]]]:
    """Send the reports that are due, or the one asked for, and say which were sent."""
    sent = reporter().report(requested_period(event))
    _observe(sent)
    return {"reports": [_encoded(report) for report in sent]}


def _observe(sent: Sequence[SentReport]) -> None:
    metrics.add_metric(name="ReportsSent", unit=MetricUnit.Count, value=len(sent))
    logger.info("reported", extra={"reports": [_encoded(report) for report in sent]})


def _encoded(report: SentReport) -> dict[str, Any]:
    return {
        "period_start": report.period.start.isoformat(),
        "period_end": report.period.end.isoformat(),
        "failures": report.failures,
        "accepted": report.accepted,
        "object_key": report.object_key,
    }


at_start(reporter)
