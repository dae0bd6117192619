"""The importer's Lambda: woken by the API for an import, and each minute for one left over.

What wakes it does not matter: it works on whatever waits.
"""

from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.api.enqueuing import Senders
from message_tracker.api.importer.lists import Lists
from message_tracker.api.importer.service import Importer
from message_tracker.api.send_queues import SendQueues
from message_tracker.core import observability
from message_tracker.core.aws.clients import object_client, queue_client
from message_tracker.core.aws.s3 import S3Objects
from message_tracker.core.aws.secrets import database_url
from message_tracker.core.aws.sqs import SqsQueue
from message_tracker.core.aws.start import at_start
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.intake import parse_submission
from message_tracker.core.settings import ImporterSettings
from message_tracker.core.store.audiences import Audiences
from message_tracker.core.store.database import Database
from message_tracker.core.store.imports import Imports
from message_tracker.core.store.intake import Intake
from message_tracker.core.store.templates import Templates

logger = observability.logger("importer")
metrics = observability.metrics("importer")

# A batch begun at the deadline, and what ends an import of a million, takes less than this.
_RESERVED = timedelta(seconds=60)


@cache
def importer() -> Importer:
    """Return the service of this process."""
    settings = ImporterSettings.from_env()
    database = Database(database_url(settings))
    return Importer(
        imports=Imports(database),
        lists=Lists(
            Audiences(database),
            S3Objects(object_client()),
            AddressRules(settings.default_region, settings.text_countries),
        ),
        parse=partial(
            parse_submission,
            default_region=settings.default_region,
            countries=settings.text_countries,
            find_template=Templates(database).find,
        ),
        senders=Senders(SendQueues.of(settings, _queue), Intake(database), _now),
        wake_ups=_queue(settings.import_queue_url),
        clock=_now,
    )


def _queue(url: str) -> SqsQueue:
    return SqsQueue(queue_client(), url)


def _now() -> datetime:
    return datetime.now(UTC)


@observability.tells_errors
@logger.inject_lambda_context
@metrics.log_metrics
def handler(_event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Work on imports, and return how many messages were accepted."""
    remaining = timedelta(milliseconds=context.get_remaining_time_in_millis())
    accepted = importer().run(_now() + remaining - _RESERVED)
    metrics.add_metric(name="MessagesImported", unit=MetricUnit.Count, value=accepted)
    return {"MessagesImported": accepted}


at_start(importer)
