"""The Lambda of the event queue: decode, delegate, encode."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core.aws import clients
from message_tracker.core.aws.s3 import S3Objects
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.aws.sqs import SqsQueue
from message_tracker.core.aws.start import at_start
from message_tracker.core.domain.errors import MessageTrackerError
from message_tracker.core.observability import logger, metrics, tell, tells_errors
from message_tracker.core.ports import Queue
from message_tracker.core.settings import EventProcessorSettings
from message_tracker.core.store.database import Database
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.service import EventProcessor, Processed

_logger = logger("event-processor")
_metrics = metrics("event-processor")


@cache
def event_processor() -> EventProcessor:
    """Return the process's service, built of the environment's settings."""
    settings = EventProcessorSettings.from_env()
    database = Database(database_url(settings))
    objects = S3Objects(clients.object_client())
    archive = Archive(
        database, objects, settings.quarantine_prefix, soft_bounce_days=settings.soft_bounce_days
    )
    return EventProcessor(database, archive, settings.archive_bucket)


@cache
def webhook_queue() -> Queue:
    """Return the queue that wakes the webhook dispatcher."""
    settings = EventProcessorSettings.from_env()
    return SqsQueue(clients.queue_client(), settings.webhook_queue_url)


@tells_errors
@_logger.inject_lambda_context
@_metrics.log_metrics
def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, list[dict[str, str]]]:
    """Process a delivery of the event queue and name the messages to deliver again."""
    bodies = {record["messageId"]: record["body"] for record in event["Records"]}
    processed = event_processor().process(bodies)
    _observe(processed)
    _logger.info("events processed", sqs_message_ids=list(bodies), counts=asdict(processed.tally))
    if processed.tally.callbacks:
        # What is refused here is called within the minute, when the dispatcher's clock wakes it.
        webhook_queue().send(["{}"])
    return {"batchItemFailures": [{"itemIdentifier": failed} for failed in processed.failures]}


def _observe(processed: Processed) -> None:
    for sqs_message_id, error in processed.failures.items():
        # Errors of ours are written for the log; another's text may quote a row.
        reason = str(error) if isinstance(error, MessageTrackerError) else "see its type"
        _logger.error(
            "event message failed",
            sqs_message_id=sqs_message_id,
            error=type(error).__name__,
            reason=reason,
        )
        tell(error)
    tally = processed.tally
    for name, value in (
        ("EventsRead", tally.events),
        ("EventsMatched", tally.matched),
        ("EventsUnmatched", tally.unmatched),
        ("EventsOfUnknownType", tally.unknown_types),
        ("RecordsQuarantined", tally.quarantined),
        ("CallbacksOwed", tally.callbacks),
        ("EventMessagesFailed", len(processed.failures)),
    ):
        _metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    if tally.earliest_at:
        lag = datetime.now(UTC) - tally.earliest_at
        _metrics.add_metric("EventLagSeconds", MetricUnit.Seconds, lag.total_seconds())


at_start(event_processor, webhook_queue)
