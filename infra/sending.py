"""The sender, which every send queue wakes, and the sweeper, which finds what was never woken."""

from aws_cdk import aws_lambda_event_sources as sources
from constructs import Construct

from infra.functions import Deployment, TrackerFunction
from infra.links import SigningKeys
from infra.messaging import LimiterTable, SendQueues
from infra.queue import DurableQueue
from infra.schedules import run_every_minute
from infra.tracking import Tracking
from message_tracker.core.settings import SenderSettings, SweeperSettings

# A chunk is one second of the rate, and what an invocation waits and sends for.
_CHUNKS_PER_INVOCATION = 1
# Two take turns: while one sends its second, the other buys the next. More would only wait, and
# Lambda allows no fewer. The rate itself is kept by the limiter, whatever the concurrency.
TEXT_CONCURRENCY = 2
_SWEEPER_TIMEOUT_SECONDS = 55  # a run ends before the next begins


class Sender(TrackerFunction):
    """One function for both channels, with an event source for each queue."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        deployment: Deployment,
        *,
        queues: SendQueues,
        limiter: LimiterTable,
        tracking: Tracking,
        keys: SigningKeys,
        public_url: str,
    ) -> None:
        config = deployment.config
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="sender",
            settings=SenderSettings,
            values={
                "limiter_table": limiter.table_name,
                "email_from": config.email_from,
                "email_configuration_set": tracking.email_name,
                "email_per_second": config.email_per_second,
                "text_segments_per_second": config.text_segments_per_second,
                "text_rate_mode": config.text_rate_mode,
                "text_origination_identity": config.text_origination_identity,
                "text_configuration_set": tracking.text_name,
                "signing_keys_secret_arn": keys.secret_arn,
                "public_url": public_url,
                "tracking": config.tracking,
                "unsubscribe_mailto": config.unsubscribe_mailto,
            },
            timeout_seconds=config.sender_timeout_seconds,
            concurrency=2 * (config.email_concurrency + TEXT_CONCURRENCY),
            # Its CPU goes with it: with too little, messages miss their slots by more than the
            # slots' tolerance. A message takes some 1.3 ms of a core, mostly the SDK's.
            memory_mb=config.sender_memory_mb,
        )
        keys.grant_read(self)
        self._take_from(queues.email, config.email_concurrency)
        self._take_from(queues.email_bulk, config.email_concurrency)
        self._take_from(queues.text, TEXT_CONCURRENCY)
        self._take_from(queues.text_bulk, TEXT_CONCURRENCY)

    def _take_from(self, durable: DurableQueue, concurrency: int) -> None:
        self.add_event_source(
            sources.SqsEventSource(
                durable.queue,
                batch_size=_CHUNKS_PER_INVOCATION,
                max_concurrency=concurrency,
                report_batch_item_failures=True,
            )
        )


class Sweeper(TrackerFunction):
    """Each minute: enqueue what is due, settle what is in doubt, balance the books."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        deployment: Deployment,
        *,
        queues: SendQueues,
    ) -> None:
        config = deployment.config
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="sender.sweeper",
            settings=SweeperSettings,
            values={
                **queues.settings,
                "email_unconfirmed_after_seconds": config.email_unconfirmed_after_seconds,
                "text_unconfirmed_after_seconds": config.text_unconfirmed_after_seconds,
                "requeue_after_seconds": config.requeue_after_seconds,
                "sms_resend": config.sms_resend,
                "soft_bounce_days": config.soft_bounce_days,
            },
            timeout_seconds=_SWEEPER_TIMEOUT_SECONDS,
            memory_mb=512,
        )
        run_every_minute(self)
