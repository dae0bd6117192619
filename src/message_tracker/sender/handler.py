"""The sender's Lambda: chunks from the send queues, partial batch responses."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from random import SystemRandom
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

from message_tracker.core.aws import clients
from message_tracker.core.aws.rate_limiter import SlotLimiter
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.aws.ses import SesEmailProvider
from message_tracker.core.aws.sms import SmsTextProvider
from message_tracker.core.domain.chunk import parse_chunk
from message_tracker.core.domain.message import Channel
from message_tracker.core.settings import SenderSettings
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from message_tracker.core.store.dispatch import DispatchStore
from message_tracker.sender.clock import SystemClock
from message_tracker.sender.service import Lane, SendService, logger
from message_tracker.sender.tally import metrics

# The last slot lies so long before the end of the invocation: a call may take 11 s (connect and
# read), and then the chunk is recorded.
_RESERVED = timedelta(seconds=15)

EMAIL_TIMELINE = "ses#account"
TEXT_TIMELINE = "sms#account"


@cache
def sender() -> SendService:
    """Return the service of this process."""
    settings = SenderSettings.from_env()
    database = Database(database_url(settings))
    connections = settings.provider_connections
    return SendService(
        dispatch=DispatchStore(database),
        circuits=Circuits(database),
        email=SesEmailProvider(
            clients.email_client(connections),
            settings.email_from,
            settings.email_configuration_set,
        ),
        text=SmsTextProvider(
            clients.text_client(connections),
            settings.text_origination_identity,
            settings.text_configuration_set,
        ),
        lanes={
            Channel.EMAIL: _lane(settings, EMAIL_TIMELINE, settings.email_per_second),
            Channel.TEXT: _lane(settings, TEXT_TIMELINE, settings.text_segments_per_second),
        },
        pool=ThreadPoolExecutor(connections),
        clock=SystemClock(),
        fraction=SystemRandom().random,
    )


def _lane(settings: SenderSettings, timeline: str, rate: float) -> Lane:
    limiter = SlotLimiter(
        clients.limiter_client(), settings.limiter_table, timeline, round(rate * 1000)
    )
    return Lane(limiter, units_per_lease=int(rate))


def send_record(record: SQSRecord, deadline: datetime) -> None:
    """Send the chunk of one SQS message; an error returns it to its queue."""
    try:
        sender().send(parse_chunk(record.body), deadline)
    except Exception as error:
        logger.warning(
            "a chunk returned to its queue",
            extra={"sqs_message_id": record.message_id, "error": type(error).__name__},
        )
        raise


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Send the chunks of one batch and name those that must come again."""
    metrics.add_metric(name="ChunksReceived", unit=MetricUnit.Count, value=len(event["Records"]))
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    return process_partial_response(
        event=event,
        record_handler=partial(send_record, deadline=datetime.now(UTC) + remaining - _RESERVED),
        processor=BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
        context=context,
    )
