"""The canary's Lambda: on schedule, or asked by a person."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws.secrets import canary_secret, database_url
from message_tracker.core.aws.start import at_start
from message_tracker.core.caller.client import ApiClient
from message_tracker.core.domain.canary import Flight
from message_tracker.core.domain.message import Channel
from message_tracker.core.settings import CanarySettings
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.database import Database
from message_tracker.failed_message_reporter.canary.service import ScheduledCanary

logger = observability.logger("canary")
metrics = observability.metrics("canary")

_SECONDS_TO_DELIVERY = {
    Channel.EMAIL: "CanaryEmailSeconds",
    Channel.TEXT: "CanaryTextSeconds",
}


@cache
def canary() -> ScheduledCanary:
    """Return the service of this process."""
    settings = CanarySettings.from_env()
    return ScheduledCanary(
        keys=ApiKeys(Database(database_url(settings))),
        stage=settings.stage,
        secret=canary_secret(settings),
        api=partial(ApiClient, settings.api_url),
        channels=settings.channels,
        within=settings.canary_within_seconds,
        clock=lambda: datetime.now(UTC),
    )


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], _context: LambdaContext) -> dict[str, list[dict[str, Any]]]:
    """Fly once, and say how long each message took."""
    flights = canary().fly()
    _observe(flights)
    return {"flights": [asdict(flight) for flight in flights]}


def _observe(flights: Sequence[Flight]) -> None:
    failed = [flight for flight in flights if not flight.is_well]
    metrics.add_metric("CanaryFailed", MetricUnit.Count, len(failed))
    for flight in flights:
        if flight.is_well and flight.delivered_after is not None:
            name = _SECONDS_TO_DELIVERY[flight.channel]
            metrics.add_metric(name, MetricUnit.Seconds, flight.delivered_after)
    for flight in failed:
        logger.error("a canary did not arrive", extra={"flight": asdict(flight)})
    logger.info("a canary flew", extra={"failed": len(failed)})


at_start(canary)
