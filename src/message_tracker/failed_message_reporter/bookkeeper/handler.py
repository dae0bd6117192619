"""The bookkeeper's Lambda: each hour what is recent, each day everything."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws.clients import metrics_client
from message_tracker.core.aws.provider_counts import CloudWatchCounts
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.aws.start import at_start
from message_tracker.core.domain.audit import Audit, Finding
from message_tracker.core.settings import BookkeeperSettings
from message_tracker.core.store.audit import AuditStore
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database
from message_tracker.failed_message_reporter.bookkeeper.service import Bookkeeper

logger = observability.logger("bookkeeper")
metrics = observability.metrics("bookkeeper")

# Sends without events are looked for among the messages of eight days; nobody waits for it.
_STATEMENT_TIMEOUT = timedelta(minutes=8)
# For the day that is being counted when the time is over, and for all that comes after.
_RESERVED = timedelta(minutes=10)


@cache
def bookkeeper() -> Bookkeeper:
    """Return the service of this process."""
    settings = BookkeeperSettings.from_env()
    database = Database(database_url(settings), statement_timeout=_STATEMENT_TIMEOUT)
    return Bookkeeper(
        AuditStore(database),
        BooksStore(database),
        CloudWatchCounts(metrics_client),
        lambda: datetime.now(UTC),
    )


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Audit, in full if the event says so, and publish how many messages do not agree."""
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    until = datetime.now(UTC) + remaining - _RESERVED
    audit = bookkeeper().audit(is_full=bool(event.get("full")), until=until)
    metrics.add_metric(name="BooksOff", unit=MetricUnit.Count, value=audit.messages)
    metrics.add_metric(name="SentWithoutEvents", unit=MetricUnit.Count, value=audit.silent)
    for finding in audit.findings:
        logger.error("the books are off", extra=_encoded(finding))
    logger.info("audited", extra={"not_asked": _not_asked(audit)})
    return {"findings": len(audit.findings), "messages": audit.messages}


def _encoded(finding: Finding) -> dict[str, Any]:
    return {
        "finding": finding.kind,
        "channel": finding.channel,
        "where": finding.where,
        "count": finding.count,
        "message_ids": [str(message_id) for message_id in finding.message_ids],
    }


def _not_asked(audit: Audit) -> list[str]:
    return [each.channel for each in audit.compared if each.theirs is None]


at_start(bookkeeper)
