"""Importers on the database and the fakes of an API under test."""

from datetime import datetime, timedelta
from functools import partial

from message_tracker.api.enqueuing import Senders
from message_tracker.api.importer.lists import Lists
from message_tracker.api.importer.service import Importer
from message_tracker.api.send_queues import SendQueues
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.intake import parse_submission
from message_tracker.core.store.audiences import Audiences
from message_tracker.core.store.database import Database
from message_tracker.core.store.imports import Imports
from message_tracker.core.store.intake import Intake
from message_tracker.core.store.templates import Templates
from tests.http_api import BUCKET, QUEUE_SETTINGS, ApiUnderTest


def importer_of(api: ApiUnderTest, database: Database | None = None) -> Importer:
    """Return an importer; with a database of its own it may run beside others."""
    database = database or api.database

    def now() -> datetime:
        return api.now

    return Importer(
        imports=Imports(database),
        lists=Lists(Audiences(database), api.objects, AddressRules()),
        parse=partial(
            parse_submission, rules=AddressRules(), find_template=Templates(database).find
        ),
        senders=Senders(SendQueues(api.queues, QUEUE_SETTINGS), Intake(database), now),
        wake_ups=api.import_queue,
        clock=now,
    )


def run(api: ApiUnderTest) -> int:
    """Let one importer work on all that waits, and return how many messages it accepted."""
    return importer_of(api).run(api.now + timedelta(minutes=10))


def put(api: ApiUnderTest, key: str, body: str | bytes) -> str:
    """Store an object below the stack's imports/, and return its URL."""
    data = body.encode() if isinstance(body, str) else body
    api.objects.put(BUCKET, f"imports/{key}", data, content_type="text/csv")
    return f"s3://{BUCKET}/imports/{key}"
