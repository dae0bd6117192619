"""What a lost notification missed is read within a day."""

from datetime import UTC, datetime, timedelta

import pytest

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.store.database import Database
from message_tracker.core.store.event_objects import ArchivedObject
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.inventory.service import Inventory
from tests.fakes import FakeObjectStore
from tests.provider_events import at, email_event, encoded

NOW = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)


@pytest.fixture
def objects() -> FakeObjectStore:
    store = FakeObjectStore()
    store.now = NOW - timedelta(hours=3)
    return store


def put(objects: FakeObjectStore, key: str, second: int = 0) -> None:
    event = email_event("Open", message_id=None, occurred_at=at(second))
    objects.put("archive", key, encoded(event), content_type="text/plain")


def inventory(database: Database, objects: FakeObjectStore, now: datetime = NOW) -> Inventory:
    archive = Archive(database, objects, "quarantine/")
    prefixes = ("events/ses/", "events/sms/")
    return Inventory(database, objects, archive, "archive", prefixes, 2, lambda: now)


def test_only_what_was_never_read_is_read(database: Database, objects: FakeObjectStore) -> None:
    put(objects, "events/ses/2026/03/02/00/told", 1)
    put(objects, "events/ses/2026/03/03/23/missed", 2)
    put(objects, "events/sms/2026/03/04/01/missed", 3)
    (told, *_) = objects.list("archive", "events/ses/")
    Archive(database, objects, "").read(ArchivedObject(told.bucket, told.key, told.etag))

    taken = inventory(database, objects).take(LATER)
    again = inventory(database, objects).take(LATER)

    assert (3, 2, 2, 2) == (taken.listed, taken.missed, taken.read, taken.tally.unmatched)
    assert (3, 0, 0) == (again.listed, again.missed, again.read)


def test_days_before_the_last_ones_and_other_prefixes_are_left_alone(
    database: Database, objects: FakeObjectStore
) -> None:
    put(objects, "events/ses/2026/03/01/23/old")
    put(objects, "reports/2026/03/04/00/report")

    assert 0 == inventory(database, objects).take(LATER).listed


def test_what_may_still_be_on_the_queue_is_left_to_it(
    database: Database, objects: FakeObjectStore
) -> None:
    put(objects, "events/ses/2026/03/04/05/fresh")
    objects.now = NOW - timedelta(hours=1)

    assert 0 == inventory(database, objects).take(LATER).listed


def test_an_object_that_cannot_be_read_costs_only_itself(
    database: Database, objects: FakeObjectStore
) -> None:
    put(objects, "events/ses/2026/03/03/00/broken")
    objects.objects["archive", "events/ses/2026/03/03/00/broken"] = b"\x1f\x8b damaged"
    put(objects, "events/ses/2026/03/03/01/whole")

    taken = inventory(database, objects).take(LATER)

    assert (2, 1) == (taken.missed, taken.read)
    assert ["events/ses/2026/03/03/00/broken"] == [*taken.failures]


def test_no_object_is_begun_after_the_deadline(
    database: Database, objects: FakeObjectStore
) -> None:
    put(objects, "events/ses/2026/03/03/00/missed")

    taken = inventory(database, objects).take(NOW)

    assert (1, 0) == (taken.missed, taken.read)


def test_more_objects_than_are_compared_at_once_are_all_compared(
    database: Database, objects: FakeObjectStore
) -> None:
    for number in range(1_001):
        put(objects, f"events/ses/2026/03/03/00/{number:04}", number)

    taken = inventory(database, objects).take(NOW)

    assert (1_001, 1_001) == (taken.listed, taken.missed)


def test_a_store_that_does_not_answer_ends_the_run(database: Database) -> None:
    objects = FakeObjectStore(error=Unavailable("down"))

    with pytest.raises(Unavailable):
        inventory(database, objects).take(LATER)
