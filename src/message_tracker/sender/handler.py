"""The sender's Lambda: chunks from the send queues, partial batch responses."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from random import SystemRandom
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core.aws import clients
from message_tracker.core.aws.account_rate import AccountRateLimiter, ses_account
from message_tracker.core.aws.rate_control import RateControl
from message_tracker.core.aws.rate_limiter import SlotLimiter
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.aws.secrets import database_url, signing_keys
from message_tracker.core.aws.server_time import learn_time
from message_tracker.core.aws.ses import SesEmailProvider
from message_tracker.core.aws.signing_keys import SecretKeyRing
from message_tracker.core.aws.sms import SmsTextProvider
from message_tracker.core.aws.start import at_start
from message_tracker.core.domain.chunk import SendChunk, parse_chunk
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.pace import pace_of
from message_tracker.core.domain.rate import TIMELINES
from message_tracker.core.domain.redelivery import BatchResponse, handle_each
from message_tracker.core.domain.skew import Skew
from message_tracker.core.observability import telling, tells_errors
from message_tracker.core.ports import RateLimiter
from message_tracker.core.settings import SenderSettings
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from message_tracker.core.store.dispatch import DispatchStore
from message_tracker.sender.clock import Clock, SystemClock
from message_tracker.sender.mailing import Mailing
from message_tracker.sender.service import SendService, logger
from message_tracker.sender.tally import metrics, show_skew

# The last slot lies so long before the end of the invocation: a call may take 11 s (connect and
# read), and then the chunk is recorded.
_RESERVED = timedelta(seconds=15)

# SMS of more segments are rare enough to pay for the room they need (domain/pace.py).
_USUAL_SEGMENTS = 10


@cache
def skew() -> Skew:
    """Return what this process knows of its machine's clock."""
    return Skew()


@cache
def sender() -> SendService:
    """Return the service of this process."""
    settings = SenderSettings.from_env()
    database = Database(database_url(settings))
    connections = settings.provider_connections
    clock = SystemClock(skew())
    email, text = clients.email_client(connections), clients.text_client(connections)
    for client in (clients.limiter_client(), clients.look_client(), email, text):
        learn_time(client, skew(), clock.shown_us)
    return SendService(
        dispatch=DispatchStore(database),
        circuits=Circuits(database),
        email=SesEmailProvider(email, settings.email_from, settings.email_configuration_set),
        text=SmsTextProvider(
            text, settings.text_origination_identity, settings.text_configuration_set
        ),
        limiters={
            Channel.EMAIL: _email_limiter(settings, clock),
            Channel.TEXT: _text_limiter(settings, clock),
        },
        pool=ThreadPoolExecutor(connections),
        clock=clock,
        fraction=SystemRandom().random,
        mailing=_mailing(settings),
    )


def _mailing(settings: SenderSettings) -> Mailing | None:
    if not settings.public_url:
        return None
    return Mailing(
        public_url=settings.public_url,
        keys=SecretKeyRing(signing_keys(settings), _now),
        tracking=settings.tracking,
        mailto=settings.unsubscribe_mailto,
        clock=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _email_limiter(settings: SenderSettings, clock: Clock) -> RateLimiter:
    table = _rate_table(settings, Channel.EMAIL)
    rate = round(settings.email_per_second * 1000)
    return AccountRateLimiter(
        SlotLimiter(table, rate, clock.now_us, largest=1),
        RateControl(table, clock.now_us, largest=1),
        partial(ses_account, clients.email_client(settings.provider_connections)),
        clock.now_us,
    )


def _text_limiter(settings: SenderSettings, clock: Clock) -> RateLimiter:
    table = _rate_table(settings, Channel.TEXT)
    rate = round(settings.text_segments_per_second * 1000)
    return SlotLimiter(table, rate, clock.now_us, pace_of(settings.text_rate_mode, _USUAL_SEGMENTS))


def _rate_table(settings: SenderSettings, channel: Channel) -> RateTable:
    return RateTable(
        clients.limiter_client(),
        settings.limiter_table,
        TIMELINES[channel],
        look_client=clients.look_client(),
    )


def send_record(record: Mapping[str, Any], deadline: datetime) -> None:
    """Send the chunk of one SQS message; an error returns it to its queue."""
    keys = {"sqs_message_id": record["messageId"], "message_ids": None, "correlation_id": None}
    with logger.append_context_keys(**keys):
        try:
            _send(parse_chunk(record["body"]), deadline)
        except Exception as error:
            logger.warning("a chunk returned to its queue", extra={"error": type(error).__name__})
            raise


@telling()
def _send(chunk: SendChunk, deadline: datetime) -> None:
    """Send a chunk; every line logged meanwhile names its messages and the API's request."""
    message_ids = [str(message_id) for message_id in chunk.message_ids]
    logger.append_keys(message_ids=message_ids, correlation_id=chunk.request_id or None)
    sender().send(chunk, deadline)
    logger.info("a chunk is done")


@tells_errors
@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> BatchResponse:
    """Send the chunks of one batch and name those that must come again."""
    metrics.add_metric(name="ChunksReceived", unit=MetricUnit.Count, value=len(event["Records"]))
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    deadline = datetime.now(UTC) + remaining - _RESERVED
    response = handle_each(event["Records"], partial(send_record, deadline=deadline))
    show_skew(skew().shift)
    return response


at_start(sender)
