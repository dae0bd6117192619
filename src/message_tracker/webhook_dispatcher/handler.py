"""The webhook dispatcher's Lambda: woken by its queue at once, and by the clock each minute."""

from datetime import UTC, datetime, timedelta
from functools import cache
from random import SystemRandom
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws.sealing import SealedSecrets
from message_tracker.core.aws.secrets import database_url, webhook_password
from message_tracker.core.aws.start import at_start
from message_tracker.core.settings import WebhookDispatcherSettings
from message_tracker.core.store.callbacks import Callbacks
from message_tracker.core.store.database import Database
from message_tracker.webhook_dispatcher.calling import PinnedCaller
from message_tracker.webhook_dispatcher.service import Dispatcher

logger = observability.logger("webhook-dispatcher")
metrics = observability.metrics("webhook-dispatcher")

# A call that begins at the deadline, behind a slow resolver, and its record end within this.
_RESERVED = timedelta(seconds=30)


@cache
def dispatcher() -> Dispatcher:
    """Return the service of this process."""
    settings = WebhookDispatcherSettings.from_env()
    return Dispatcher(
        callbacks=Callbacks(
            Database(database_url(settings)), most_each=settings.webhook_calls_each
        ),
        seal=SealedSecrets(webhook_password(settings)),
        caller=PinnedCaller(local_hosts=settings.webhook_local_hosts),
        calls=settings.webhook_calls,
        now=lambda: datetime.now(UTC),
        fraction=SystemRandom().random,
    )


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, list[str]]:
    """Call back until nothing is due or the time is up; what a wake-up says does not matter."""
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    done = dispatcher().dispatch(datetime.now(UTC) + remaining - _RESERVED)
    for name, value in done.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    logger.info("called back", extra={"done": dict(done)})
    return {"batchItemFailures": []}


at_start(dispatcher)
