"""The API's intake and the importer, as benchmarks put them together."""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from functools import partial
from hashlib import md5
from io import BufferedReader, RawIOBase, StringIO
from typing import TYPE_CHECKING, BinaryIO, cast

from message_tracker.api.enqueuing import Senders
from message_tracker.api.importer.lists import Lists
from message_tracker.api.importer.service import Importer
from message_tracker.api.recipient_lists import RecipientLists
from message_tracker.api.send_queues import SendQueues
from message_tracker.api.service import IntakeService
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.api_key import Caller, KeyTerms
from message_tracker.core.domain.intake import parse_submission
from message_tracker.core.domain.message import Channel
from message_tracker.core.ports import Queue, StoredObject
from message_tracker.core.settings import QueueSettings
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.audiences import Audiences
from message_tracker.core.store.backlog import Backlogs
from message_tracker.core.store.database import Database
from message_tracker.core.store.imports import Imports
from message_tracker.core.store.intake import Intake
from message_tracker.core.store.templates import Templates

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

TEXT = "Your parcel is at the shop until tomorrow, 10:30. Reply YES to confirm. Thank you!"
_SETTINGS = QueueSettings(
    stage="bench",
    database_url="postgresql://127.0.0.1/unused",
    email_queue_url="unused",
    email_bulk_queue_url="unused",
    text_queue_url="unused",
    text_bulk_queue_url="unused",
)
_HEADER = b"email,name\n"


@contextmanager
def quiet() -> Iterator[None]:
    """Let no log and no metric out: a report is alone on its stream."""
    logging.disable(logging.CRITICAL)
    try:
        with redirect_stdout(StringIO()):
            yield
    finally:
        logging.disable(logging.NOTSET)


def sms_body(count: int) -> bytes:
    """Return a request for an SMS to so many numbers."""
    numbers = [f"+1425{number:07}" for number in range(5_550_000, 5_550_000 + count)]
    return json.dumps({"to": numbers, "message": TEXT}).encode()


def caller(store: Database) -> Caller:
    """Return a caller with a key of its own."""
    api_key_id, _ = ApiKeys(store).create("bench", "benchmark", _now())
    return Caller(api_key_id, KeyTerms().scopes)


def intake_service(store: Database, queue: Queue) -> IntakeService:
    """Return the use case of ``POST /send``."""
    return IntakeService(
        Intake(store),
        SendQueues.of(_SETTINGS, lambda _url: queue),
        backlogs=Backlogs(store),
        rates=_Rates(),
        rules=AddressRules(),
        lists=RecipientLists(Audiences(store), EndlessList(0), queue, ("s3://lists/",)),
        find_template=Templates(store).find,
        clock=_now,
    )


def importer(store: Database, queue: Queue, recipients: int) -> Importer:
    """Return an importer whose every object lists so many recipients."""
    return Importer(
        imports=Imports(store),
        lists=Lists(Audiences(store), EndlessList(recipients), AddressRules()),
        parse=partial(parse_submission, rules=AddressRules()),
        senders=Senders(SendQueues.of(_SETTINGS, lambda _url: queue), Intake(store), _now),
        wake_ups=queue,
        clock=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)


class _Rates:
    """As a deployment begins."""

    def in_force(self) -> Mapping[Channel, float]:
        """Return each channel's rate."""
        return {Channel.EMAIL: 14.0, Channel.TEXT: 45.0}


class EndlessList:
    """A bucket in which every object is a CSV of so many recipients, made as it is read."""

    def __init__(self, recipients: int) -> None:
        self._recipients = recipients

    def list(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """Yield the one object of that name."""
        etag = md5(prefix.encode(), usedforsecurity=False).hexdigest()
        yield StoredObject(bucket, prefix, etag, 0, _now())

    def open(self, bucket: str, key: str, *, etag: str | None = None) -> BinaryIO:  # noqa: ARG002 - the port's
        """Return the list."""
        return cast("BinaryIO", BufferedReader(_Made(self._recipients)))

    def put(self, bucket: str, key: str, body: bytes | BinaryIO, *, content_type: str) -> None:
        """Keep nothing."""


class _Made(RawIOBase):
    """The bytes of a list, a thousand lines at a time."""

    def __init__(self, recipients: int) -> None:
        super().__init__()
        self._pieces = self._lines(recipients)
        self._rest = _HEADER

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer)
        self._rest = self._rest or next(self._pieces, b"")
        data, self._rest = self._rest[: len(view)], self._rest[len(view) :]
        view[: len(data)] = data
        return len(data)

    def _lines(self, recipients: int) -> Iterator[bytes]:
        for first in range(0, recipients, 1_000):
            numbers = range(first, min(first + 1_000, recipients))
            yield b"".join(b"person%d@example.com,Person %d\n" % (n, n) for n in numbers)
