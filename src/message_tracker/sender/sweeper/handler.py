"""The sweeper's Lambda: one sweep a minute, on schedule."""

from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws import clients
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.aws.sqs import SqsQueue
from message_tracker.core.aws.start import at_start
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.settings import SweeperSettings
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from message_tracker.core.store.events import adopt_unmatched
from message_tracker.core.store.group_orders import GroupOrders
from message_tracker.core.store.sweep import SweepStore
from message_tracker.core.store.tallies import TallyStore
from message_tracker.sender.sweeper.halting import halt_failing_groups
from message_tracker.sender.sweeper.service import ChannelPolicy, SweepService

logger = observability.logger("sweeper")
metrics = observability.metrics("sweeper")

# A statement begun at the deadline, and the queue's calls after it, end within this.
_RESERVED = timedelta(seconds=15)


@cache
def sweeper() -> SweepService:
    """Return the service of this process."""
    settings = SweeperSettings.from_env()
    database = Database(database_url(settings))
    return SweepService(
        store=SweepStore(database),
        circuits=Circuits(database),
        orders=GroupOrders(database),
        chores={
            "EventsAdopted": partial(
                adopt_unmatched, database, soft_bounce_days=settings.soft_bounce_days
            ),
            # Before their changes are added up: by those it finds the groups to look at.
            "GroupsHalted": partial(halt_failing_groups, database),
            "ChangesCounted": TallyStore(database).add_up,
        },
        queues={
            (Channel.EMAIL, Kind.TRANSACTIONAL): _queue(settings.email_queue_url),
            (Channel.EMAIL, Kind.MARKETING): _queue(settings.email_bulk_queue_url),
            (Channel.TEXT, Kind.TRANSACTIONAL): _queue(settings.text_queue_url),
            (Channel.TEXT, Kind.MARKETING): _queue(settings.text_bulk_queue_url),
        },
        policies={
            Channel.EMAIL: ChannelPolicy(
                settings.email_chunk_size,
                timedelta(seconds=settings.email_unconfirmed_after_seconds),
            ),
            Channel.TEXT: ChannelPolicy(
                max(1, int(settings.text_segments_per_second)),
                timedelta(seconds=settings.text_unconfirmed_after_seconds),
                resends=settings.sms_resend,
            ),
        },
        requeue_after=timedelta(seconds=settings.requeue_after_seconds),
        now=lambda: datetime.now(UTC),
    )


def _queue(url: str) -> SqsQueue:
    return SqsQueue(clients.queue_client(), url)


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Sweep once, and return and publish how many messages each step changed."""
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    done = sweeper().sweep(datetime.now(UTC) + remaining - _RESERVED)
    for name, value in done.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    logger.info("swept", extra={"done": dict(done)})
    return dict(done)


at_start(sweeper)
