"""The sender, which every send queue wakes, and the sweeper, which finds what was never woken."""

from constructs import Construct

from infra.functions import Deployment, TrackerFunction
from infra.links import SigningKeys
from infra.messaging import LimiterTable, SendQueues
from infra.schedules import run_every_minute
from infra.tracking import Tracking
from infra.wake_ups import wake
from message_tracker.core.domain.message import Channel
from message_tracker.core.settings import SenderSettings, SweeperSettings

# A chunk is one second of the rate, and what an invocation waits and sends for.
_CHUNKS_PER_INVOCATION = 1
# Two take turns: while one sends its second, the other buys the next. More would only wait, and
# Lambda allows no fewer. The rate itself is kept by the limiter, whatever the concurrency.
TEXT_CONCURRENCY = 2
_SWEEPER_TIMEOUT_SECONDS = 55  # a run ends before the next begins


class Sender(TrackerFunction):
    """One function for every channel, with an event source for each queue."""

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
                "channels": config.channels,
                **config.of_channels(
                    "email_from",
                    "email_per_second",
                    "tracking",
                    "unsubscribe_mailto",
                    "text_origination_identity",
                    "text_segments_per_second",
                    "text_rate_mode",
                ),
                **tracking.settings,
                "signing_keys_secret_arn": keys.secret_arn,
                "public_url": public_url,
            },
            timeout_seconds=config.sender_timeout_seconds,
            concurrency=2 * (config.email_concurrency + TEXT_CONCURRENCY),
            # Its CPU goes with it: with too little, messages miss their slots by more than the
            # slots' tolerance. A message takes some 1.3 ms of a core, mostly the SDK's.
            memory_mb=config.sender_memory_mb,
        )
        keys.grant_read(self)
        concurrency = {Channel.EMAIL: config.email_concurrency, Channel.TEXT: TEXT_CONCURRENCY}
        for channel, both in queues.of.items():
            for durable in both:
                wake(
                    self,
                    durable.queue,
                    batch_size=_CHUNKS_PER_INVOCATION,
                    concurrency=concurrency[channel],
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
                **config.of_channels(
                    "email_unconfirmed_after_seconds",
                    "soft_bounce_days",
                    "text_unconfirmed_after_seconds",
                    "sms_resend",
                ),
                "requeue_after_seconds": config.requeue_after_seconds,
            },
            timeout_seconds=_SWEEPER_TIMEOUT_SECONDS,
            memory_mb=512,
        )
        run_every_minute(self)
