"""The inventory's Lambda: once a day, on schedule."""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.core import observability
from message_tracker.core.aws import clients
from message_tracker.core.aws.s3 import S3Objects
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.aws.start import at_start
from message_tracker.core.aws.suppression_lists import SesSuppressionList, SmsOptOutList
from message_tracker.core.domain.message import Channel
from message_tracker.core.ports import SuppressionList
from message_tracker.core.settings import InventorySettings
from message_tracker.core.store.database import Database
from message_tracker.core.store.suppressions import Suppressions
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.inventory.provider_lists import ProviderLists
from message_tracker.event_processor.inventory.service import Inventory, Taken

logger = observability.logger("inventory")
metrics = observability.metrics("inventory")

# An object begun at the deadline is read, or gone on with the next day, within this.
_RESERVED = timedelta(seconds=90)
# A list of a million entries is a thousand pages of SES, which answers one a second.
_LISTS_TAKE = timedelta(minutes=5)


@cache
def inventory() -> Inventory:
    """Return the service of this process."""
    settings = InventorySettings.from_env()
    database = Database(database_url(settings))
    objects = S3Objects(clients.object_client())
    return Inventory(
        database=database,
        objects=objects,
        archive=Archive(
            database,
            objects,
            settings.quarantine_prefix,
            soft_bounce_days=settings.soft_bounce_days,
        ),
        bucket=settings.archive_bucket,
        prefixes=settings.event_prefixes,
        days=settings.inventory_days,
        now=lambda: datetime.now(UTC),
    )


@cache
def provider_lists() -> ProviderLists:
    """Return what takes over the providers' own suppression lists."""
    settings = InventorySettings.from_env()
    lists: dict[Channel, SuppressionList] = {
        Channel.EMAIL: SesSuppressionList(clients.email_list_client(is_patient=True)),
        Channel.TEXT: SmsOptOutList(
            clients.text_list_client(is_patient=True), settings.text_opt_out_list
        ),
    }
    suppressions = Suppressions(Database(database_url(settings)))
    return ProviderLists(suppressions, lists, lambda: datetime.now(UTC))


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Take the inventory once, and return and publish what it found."""
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    over = provider_lists().take_over(datetime.now(UTC) + _LISTS_TAKE)
    for channel, error in over.failures.items():
        logger.error("suppression list not read", channel=channel, reason=str(error))
    taken = inventory().take(datetime.now(UTC) + remaining - _LISTS_TAKE - _RESERVED)
    for key, error in taken.failures.items():
        logger.error(
            "object not read", object_key=key, error=type(error).__name__, reason=str(error)
        )
    counts = _counts(taken) | {"SuppressionsTakenOver": over.new}
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    logger.info("inventory taken", extra={"counts": counts})
    return counts


def _counts(taken: Taken) -> dict[str, int]:
    return {
        "ObjectsListed": taken.listed,
        "ObjectsMissed": taken.missed,
        "ObjectsRead": taken.read,
        "EventsMissed": taken.tally.matched + taken.tally.unmatched,
        "RecordsQuarantined": taken.tally.quarantined,
    }


at_start(inventory)
