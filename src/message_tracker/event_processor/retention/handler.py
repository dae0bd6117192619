"""The retention's Lambda: once a day, on schedule."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.aws.start import at_start
from message_tracker.core.settings import RetentionSettings
from message_tracker.core.store.database import Database
from message_tracker.event_processor.retention.service import Retention

logger = observability.logger("retention")
metrics = observability.metrics("retention")

# A part begun at the deadline is done within this.
_RESERVED = timedelta(seconds=60)


@cache
def retention() -> Retention:
    """Return the service of this process."""
    settings = RetentionSettings.from_env()
    return Retention(
        database=Database(database_url(settings)),
        keep_personal_months=settings.keep_personal_months,
        keep_event_months=settings.keep_event_months,
        now=lambda: datetime.now(UTC),
    )


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Let go of what became old, and return and publish how much that was."""
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    until = datetime.now(UTC) + remaining - _RESERVED
    let_go = retention().run(until)
    counts = {
        "RecipientsForgotten": let_go.recipients,
        "DetailsForgotten": let_go.details,
        "MonthsDropped": len(let_go.dropped),
        "DeliveriesForgotten": let_go.deliveries,
    }
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    logger.info("old data let go of", extra={"counts": counts, "dropped": let_go.dropped})
    return counts


at_start(retention)
