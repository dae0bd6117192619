"""The Lambda at the dead-letter queues: partial batch responses, so that no letter is lost."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws.secrets import database_url
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
def keep_record(record: SQSRecord) -> None:
    """Keep one letter; an error returns it to its queue."""
    queue = record.event_source_arn.rpartition(":")[2]
    given_up = dead_letters().keep(queue, record.message_id, record.body)
    metrics.add_metric(name="MessagesGivenUp", unit=MetricUnit.Count, value=len(given_up))
    logger.warning(
        "kept a dead letter",
        extra={
            "queue": queue,
            "sqs_message_id": record.message_id,
            "message_ids": [str(message_id) for message_id in given_up],
        },
    )


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Keep the letters of one batch and name those that must come again."""
    metrics.add_metric(name="DeadLetters", unit=MetricUnit.Count, value=len(event["Records"]))
    return process_partial_response(
        event=event,
        record_handler=keep_record,
        processor=BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
        context=context,
    )
