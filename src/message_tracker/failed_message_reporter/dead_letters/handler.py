"""The Lambda at the dead-letter queues: partial batch responses, so that no letter is lost."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.aws.start import at_start
from message_tracker.core.domain.redelivery import BatchResponse, handle_each
from message_tracker.core.settings import DeadLetterSettings
from message_tracker.core.store.database import Database
from message_tracker.core.store.dead_letters import DeadLetterStore
from message_tracker.failed_message_reporter.dead_letters.service import DeadLetterService

logger = observability.logger("dead-letters")
metrics = observability.metrics("dead-letters")


@cache
def dead_letters() -> DeadLetterService:
    """Return the service of this process."""
    settings = DeadLetterSettings.from_env()
    store = DeadLetterStore(Database(database_url(settings)))
    return DeadLetterService(store, lambda: datetime.now(UTC))


@observability.telling()
def keep_record(record: Mapping[str, Any]) -> None:
    """Keep one letter; an error returns it to its queue."""
    queue = record["eventSourceARN"].rpartition(":")[2]
    given_up = dead_letters().keep(queue, record["messageId"], record["body"])
    metrics.add_metric(name="MessagesGivenUp", unit=MetricUnit.Count, value=len(given_up))
    logger.warning(
        "kept a dead letter",
        extra={
            "queue": queue,
            "sqs_message_id": record["messageId"],
            "message_ids": [str(message_id) for message_id in given_up],
        },
    )


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> BatchResponse:
    """Keep the letters of one batch and name those that must come again."""
    metrics.add_metric(name="DeadLetters", unit=MetricUnit.Count, value=len(event["Records"]))
    return handle_each(event["Records"], keep_record)


at_start(dead_letters)
