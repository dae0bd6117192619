"""The event queue, what is routed to it, and the function that reads it."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from constructs import Construct

from infra.archive import QUARANTINE_PREFIX, Archive
from infra.config import StageConfig
from infra.functions import Deployment, TrackerFunction
from infra.queue import DurableQueue
from infra.schedules import run_every_day
from infra.tracking import Tracking
from infra.wake_ups import wake
from message_tracker.core.domain.message import Channel
from message_tracker.core.settings import (
    EventProcessorSettings,
    InventorySettings,
    RetentionSettings,
)

_RECORDS_PER_INVOCATION = 10
_DAILY_TIMEOUT_SECONDS = 900  # Lambda's longest: a day's archive takes minutes to read
_OLDEST_EVENT = Duration.minutes(30)
# Of a text, what tells of no failure; a test compares them with what they do to a status.
_WELL = (
    "TEXT_PENDING",
    "TEXT_QUEUED",
    "TEXT_SENT",
    "TEXT_SUCCESSFUL",
    "TEXT_UNKNOWN",
    "TEXT_DELIVERED",
)
# What SES publishes of the account itself, which belongs to no configuration set.
_ACCOUNT_DETAIL_TYPES = [
    "Sending Status Enabled",
    "Sending Status Disabled",
    "Advisor Recommendation Status Open",
    "Advisor Recommendation Status Resolved",
    "Advisor Recommendation Status Closed",
]


class EventQueue(DurableQueue):
    """Takes what the archive and the providers announce on the account's event bus."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        config: StageConfig,
        *,
        archive: Archive,
        tracking: Tracking,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            config,
            name="event",
            consumer_timeout_seconds=config.event_processor_timeout_seconds,
            oldest_message=_OLDEST_EVENT,
        )
        self._route(
            "ArchivedEvents",
            source="aws.s3",
            detail_type=["Object Created"],
            detail={
                "bucket": {"name": [archive.bucket.bucket_name]},
                "object": {"key": [{"prefix": prefix} for prefix in archive.dated_prefixes]},
            },
        )
        if config.sends(Channel.EMAIL):
            self._route_email(tracking.sets[Channel.EMAIL])
        if config.sends(Channel.TEXT):
            # These name neither a configuration set nor our message: stages in one account share
            # them, and each keeps those of its own messages.
            self._route("TextEvents", source="aws.sms-voice", detail=_fast_texts(config))

    def _route_email(self, configuration_set: str) -> None:
        self._route(
            "EmailEvents",
            source="aws.ses",
            # Another stage in the same account publishes on the same bus.
            detail={"mail": {"tags": {"ses:configuration-set": [configuration_set]}}},
        )
        self._route("EmailAccount", source="aws.ses", detail_type=_ACCOUNT_DETAIL_TYPES)

    def _route(
        self,
        construct_id: str,
        *,
        source: str,
        detail_type: Sequence[str] | None = None,
        detail: dict[str, object] | None = None,
    ) -> None:
        events.Rule(
            self,
            construct_id,
            event_pattern=events.EventPattern(
                source=[source],
                detail_type=list(detail_type) if detail_type else None,
                detail=detail,
            ),
            targets=[targets.SqsQueue(self.queue, dead_letter_queue=self.dead_letters)],
        )


def _fast_texts(config: StageConfig) -> dict[str, object] | None:
    """Return what events of texts must be like; those of the account itself have no type."""
    if config.fast_events == "all":
        return None
    return {"eventType": [{"exists": False}, {"anything-but": list(_WELL)}]}


class EventProcessor(TrackerFunction):
    """Reads the providers' events, from the archive and directly, into Postgres."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        deployment: Deployment,
        *,
        queue: DurableQueue,
        archive: Archive,
        webhooks: DurableQueue,
    ) -> None:
        config = deployment.config
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="event_processor",
            settings=EventProcessorSettings,
            values={
                "archive_bucket": archive.bucket.bucket_name,
                "quarantine_prefix": QUARANTINE_PREFIX,
                **config.of_channels("soft_bounce_days"),
                "webhook_queue_url": webhooks.queue.queue_url,
            },
            timeout_seconds=config.event_processor_timeout_seconds,
            concurrency=config.event_processor_concurrency,
            memory_mb=1024,
        )
        webhooks.queue.grant_send_messages(self)
        wake(
            self,
            queue.queue,
            batch_size=_RECORDS_PER_INVOCATION,
            concurrency=config.event_processor_concurrency,
            batching=Duration.seconds(config.event_batching_seconds),
        )


class Inventory(TrackerFunction):
    """Each day: compare the archive with what was read of it, and read what was missed."""

    def __init__(
        self, scope: Construct, construct_id: str, deployment: Deployment, *, archive: Archive
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="event_processor.inventory",
            settings=InventorySettings,
            values={
                "archive_bucket": archive.bucket.bucket_name,
                "quarantine_prefix": QUARANTINE_PREFIX,
                "channels": deployment.config.channels,
                "event_prefixes": archive.dated_prefixes,
                **deployment.config.of_channels("text_opt_out_list", "soft_bounce_days"),
            },
            timeout_seconds=_DAILY_TIMEOUT_SECONDS,
            memory_mb=1024,
        )
        run_every_day(self)


class Retention(TrackerFunction):
    """Each day: let go of what is older than the stage keeps it."""

    def __init__(self, scope: Construct, construct_id: str, deployment: Deployment) -> None:
        config = deployment.config
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="event_processor.retention",
            settings=RetentionSettings,
            values={
                "keep_personal_months": config.keep_personal_months,
                "keep_event_months": config.keep_event_months,
            },
            timeout_seconds=_DAILY_TIMEOUT_SECONDS,
            memory_mb=512,
        )
        run_every_day(self)
