"""Objects of the archive are read once, whole, whatever happens while they are."""

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import BinaryIO

import pytest
from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.errors import Unavailable, Unparseable
from message_tracker.core.domain.ids import new_id
from message_tracker.core.store.database import Database
from message_tracker.core.store.event_objects import ArchivedObject
from message_tracker.core.store.events import Ingested
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.tally import Tally
from tests.fakes import FakeObjectStore
from tests.provider_events import at, email_event, encoded, text_event
from tests.stored_messages import a_message, state_of, store_messages

OBJECT = ArchivedObject("archive", "ses/2026/03/01/part-1", "etag-1")


class CrashingDatabase(Database):
    """Loses its connection at one of its transactions."""

    def __init__(self, url: str, *, at_transaction: int) -> None:
        super().__init__(lambda: url)
        self._transactions_left = at_transaction

    @contextmanager
    def transaction(self) -> Iterator[Cursor[DictRow]]:
        with super().transaction() as cursor:
            yield cursor
            self._transactions_left -= 1
            if not self._transactions_left:
                raise Unavailable("the connection is lost before the commit")


@pytest.fixture
def objects() -> FakeObjectStore:
    return FakeObjectStore()


def archive(database: Database, objects: FakeObjectStore) -> Archive:
    return Archive(database, objects, "quarantine/")


def put(objects: FakeObjectStore, body: bytes) -> None:
    objects.put(OBJECT.bucket, OBJECT.key, body, content_type="application/octet-stream")


def counted(database: Database) -> int:
    count: int = database.fetch("SELECT count(*) FROM message_event")[0]["count"]
    return count


def account_of(database: Database) -> dict[str, object]:
    return database.fetch(
        "SELECT read_bytes, events, quarantined, finished_at IS NOT NULL AS is_finished"
        "  FROM event_object"
    )[0]


@pytest.mark.parametrize("separator", [b"\n", b"", b"\n\n"], ids=["lines", "bare", "blank-lines"])
@pytest.mark.parametrize("is_gzip", [True, False], ids=["gzip", "plain"])
def test_an_object_is_read_whole(
    database: Database, objects: FakeObjectStore, separator: bytes, *, is_gzip: bool
) -> None:
    with database.transaction() as cursor:
        email, text = a_message(cursor), a_message(cursor)
    body = separator.join(
        [
            encoded(email_event("Send", message_id=email)),
            encoded(text_event("TEXT_QUEUED", message_id=text)),
            encoded(email_event("Delivery", message_id=email, smtpResponse='250 "}{" ok')),
        ]
    )
    put(objects, gzip.compress(body) if is_gzip else body)

    tally = archive(database, objects).read(OBJECT)

    assert Tally(events=3, matched=3) == tally
    assert {
        "read_bytes": len(body),
        "events": 3,
        "quarantined": 0,
        "is_finished": True,
    } == account_of(database)


def test_a_finished_object_is_left_alone_unless_forced(
    database: Database, objects: FakeObjectStore
) -> None:
    put(objects, encoded(email_event("Open", message_id=None)))
    archive(database, objects).read(OBJECT)

    again = archive(database, objects).read(OBJECT)
    forced = archive(database, objects).read(OBJECT, is_forced=True)

    assert (Tally(), Tally(events=1)) == (again, forced)
    assert 1 == counted(database)


def test_another_content_under_the_same_key_is_read(
    database: Database, objects: FakeObjectStore
) -> None:
    put(objects, encoded(email_event("Open", message_id=None)))
    archive(database, objects).read(OBJECT)
    put(objects, encoded(email_event("Open", message_id=None, occurred_at=at(9))))

    archive(database, objects).read(ArchivedObject(OBJECT.bucket, OBJECT.key, "etag-2"))

    assert 2 == counted(database)


@pytest.mark.parametrize(
    "body", [b"", b"\n\n \n", gzip.compress(b"")], ids=["nothing", "blank lines", "gzip"]
)
def test_an_empty_object_is_finished(
    database: Database, objects: FakeObjectStore, body: bytes
) -> None:
    put(objects, body)

    tally = archive(database, objects).read(OBJECT)

    assert Tally() == tally
    assert account_of(database)["is_finished"]


def test_what_is_no_event_is_quarantined_and_the_rest_goes_on(
    database: Database, objects: FakeObjectStore
) -> None:
    event = encoded(email_event("Open", message_id=None))
    broken = b'{"eventType": "Open", "mail": \xff'
    put(objects, b"\n".join([event, broken, event, b'{"no": "event"}']))

    tally = archive(database, objects).read(OBJECT)

    name = f"quarantine/{OBJECT.key}/{len(event) + 1:012}.jsonl"
    lines = [json.loads(line) for line in objects.objects["archive", name].splitlines()]
    assert Tally(events=2, unmatched=1, quarantined=2) == tally
    assert [broken, b'{"no": "event"}'] == [base64.b64decode(line["base64"]) for line in lines]
    assert [len(event) + 1, 2 * len(event) + len(broken) + 3] == [line["offset"] for line in lines]
    assert {("archive", OBJECT.key)} == {(line["bucket"], line["key"]) for line in lines}
    assert all(line["reason"] for line in lines)
    assert 2 == account_of(database)["quarantined"]


def test_a_crash_between_batches_costs_nothing(
    database: Database, database_url: str, objects: FakeObjectStore
) -> None:
    message_ids = [new_id() for _ in range(9_000)]
    with database.transaction() as cursor:
        store_messages(cursor, message_ids)
    opens = [
        encoded(email_event("Open", message_id=message_id, provider_message_id=f"ses-{number}"))
        for number, message_id in enumerate(message_ids)
    ]
    put(objects, gzip.compress(b"\n".join(opens)))
    crashing = CrashingDatabase(database_url, at_transaction=2)
    with pytest.raises(Unavailable):
        archive(crashing, objects).read(OBJECT)
    crashing.close()
    before = account_of(database)

    tally = archive(database, objects).read(OBJECT)

    assert (5_000, False) == (before["events"], before["is_finished"])
    assert Tally(events=4_000, matched=4_000) == tally
    assert {"events": 9_000, "is_finished": True}.items() <= account_of(database).items()
    assert [{"sum": 9_000, "max": 1}] == database.fetch(
        "SELECT sum(open_count), max(open_count) FROM message_state"
    )


def test_gzip_that_ends_early_is_an_error_after_what_is_whole(
    database: Database, objects: FakeObjectStore
) -> None:
    opens = [encoded(email_event("Open", message_id=None, occurred_at=at(n))) for n in range(9)]
    whole = gzip.compress(b"\n".join(opens), compresslevel=0)
    put(objects, whole[:-100])
    with pytest.raises(Unparseable, match="ends early"):
        archive(database, objects).read(OBJECT)
    before = account_of(database)
    put(objects, whole)

    tally = archive(database, objects).read(OBJECT)

    assert (8, False) == (before["events"], before["is_finished"])
    assert Tally(events=1, unmatched=1) == tally
    assert 9 == counted(database)


def test_an_object_read_by_two_at_once_is_counted_once(
    database: Database, objects: FakeObjectStore
) -> None:
    put(objects, encoded(email_event("Open", message_id=None)))

    class Overtaken(FakeObjectStore):
        """Another reader finishes the object while this one opens it."""

        def open(self, bucket: str, key: str, *, etag: str | None = None) -> BinaryIO:
            archive(database, objects).read(OBJECT)
            return objects.open(bucket, key, etag=etag)

    tally = archive(database, Overtaken()).read(OBJECT)

    assert Tally(events=1) == tally
    assert {"events": 1, "is_finished": True}.items() <= account_of(database).items()


@pytest.mark.parametrize("hostile", ["\x00", "\ud800", "}{", "\\u0000", "'; DROP TABLE message"])
def test_hostile_text_is_stored_as_a_fact(
    database: Database, objects: FakeObjectStore, hostile: str
) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)
    put(
        objects,
        encoded(
            email_event(
                "Bounce",
                message_id=message_id,
                bounceSubType=f"General{hostile}",
                bouncedRecipients=[{"emailAddress": hostile, "diagnosticCode": f"550 {hostile}"}],
            )
        ),
    )

    tally = archive(database, objects).read(OBJECT)

    with database.transaction() as cursor:
        state = state_of(cursor, message_id)
    assert Tally(events=1, matched=1) == tally
    assert state["cause"].startswith("Bounce/Permanent/General")
    assert state["cause_detail"].startswith("550 ")


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [(at(2), at(1), at(1)), (None, at(1), at(1)), (at(2), None, at(2)), (None, None, None)],
)
def test_of_two_tallies_the_earlier_event_counts(
    one: datetime | None, other: datetime | None, together: datetime | None
) -> None:
    tally = Tally(earliest_at=one) + Tally(earliest_at=other)

    assert together == tally.earliest_at


def test_tallies_add_up() -> None:
    one = Tally(events=5, matched=4, unmatched=3, unknown_types=2, quarantined=1)

    assert Tally(events=10, matched=8, unmatched=6, unknown_types=4, quarantined=2) == one + one
    assert Ingested(matched=3, unmatched=5) == Ingested(1, 2) + Ingested(2, 3)
