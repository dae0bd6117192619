"""A delivery of the event queue: what one of its messages comes to is no other's concern."""

import json
from datetime import timedelta

import pytest

from message_tracker.core.domain.errors import ConfigurationFault, Unavailable, Unparseable
from message_tracker.core.domain.events.vocabulary import EventType
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.database import Database
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.service import EventProcessor
from message_tracker.event_processor.tally import Tally
from tests.fakes import FakeObjectStore
from tests.provider_events import (
    at,
    by_sns,
    email_event,
    encoded,
    object_created,
    on_the_bus,
    text_event,
)
from tests.stored_messages import a_message


@pytest.fixture
def objects() -> FakeObjectStore:
    return FakeObjectStore()


@pytest.fixture
def processor(database: Database, objects: FakeObjectStore) -> EventProcessor:
    return EventProcessor(database, Archive(database, objects, "quarantine/"), "archive")


def test_a_mixed_delivery_is_processed(
    database: Database, objects: FakeObjectStore, processor: EventProcessor
) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)
    delivery = email_event("Delivery", message_id=message_id, occurred_at=at(2))
    objects.put("archive", "ses/1", encoded(delivery), content_type="text/plain")

    processed = processor.process(
        {
            "1": json.dumps(on_the_bus(delivery)),
            "2": object_created("archive", "ses/1"),
            "3": json.dumps(by_sns(email_event("Open", message_id=message_id))),
            "4": json.dumps(email_event("Tomorrow", message_id=message_id)),
            "5": json.dumps(on_the_bus({"status": "review"})),
        }
    )

    assert {} == processed.failures
    assert Tally(events=5, matched=3, unknown_types=1) == processed.tally
    assert [{"count": 1}] == database.fetch("SELECT count(*) FROM account_event")


def test_whoever_replies_stop_gets_no_more_texts(
    database: Database, processor: EventProcessor
) -> None:
    with database.transaction() as cursor:
        a_message(cursor, channel=Channel.TEXT, provider_message_id="text-1")
    reply = {
        "originationNumber": "+14255550182",
        "messageBody": "Stop",
        "inboundMessageId": "reply-1",
        "previousPublishedMessageId": "text-1",
    }

    processed = processor.process(
        {"1": json.dumps({**by_sns(reply), "Timestamp": "2030-01-31T09:00:00.000Z"})}
    )

    assert {} == processed.failures
    [entry] = database.fetch("SELECT channel, address, reason, cause FROM suppression")
    assert {
        "channel": "text",
        "address": "someone@example.com",  # whom the text of this test went to
        "reason": "OPT_OUT",
        "cause": "STOP",
    } == entry


def test_one_failing_message_fails_alone(database: Database, processor: EventProcessor) -> None:
    processed = processor.process(
        {
            "good": json.dumps(text_event("TEXT_QUEUED", message_id=None)),
            "bad": "no event",
            "absent": object_created("archive", "ses/absent"),
            "foreign": object_created("elsewhere", "ses/1"),
        }
    )

    failures = {name: type(error).__name__ for name, error in processed.failures.items()}
    assert {
        "bad": "Unparseable",
        "absent": "PermanentError",
        "foreign": ConfigurationFault.__name__,
    } == failures
    assert Tally(events=1, unmatched=1) == processed.tally


def test_events_fail_together_when_the_database_is_away(objects: FakeObjectStore) -> None:
    away = Database(lambda: "postgresql://nobody@127.0.0.1:1/none", patience=timedelta(0))
    processor = EventProcessor(away, Archive(away, objects, "quarantine/"), "archive")

    processed = processor.process(
        {
            "1": json.dumps(email_event("Open", message_id=None)),
            "2": json.dumps(email_event("Click", message_id=None)),
            "3": object_created("archive", "ses/1"),
            "4": "no event",
        }
    )

    assert {"1": Unavailable, "2": Unavailable, "3": Unavailable, "4": Unparseable} == {
        name: type(error) for name, error in processed.failures.items()
    }
    assert Tally() == processed.tally


@pytest.mark.parametrize("key", ["quarantine/ses/1/000000000000.jsonl", "reports/2026/03.html"])
def test_what_we_wrote_ourselves_is_not_read(
    database: Database, processor: EventProcessor, key: str
) -> None:
    processed = processor.process({"1": object_created("archive", key)})

    assert (Tally(), {}) == (processed.tally, processed.failures)
    assert [] == database.fetch("SELECT * FROM event_object")


def test_what_reports_nothing_is_done(processor: EventProcessor) -> None:
    greeting = "Successfully validated SNS topic for Amazon SES event publishing."

    processed = processor.process({"1": json.dumps({"Type": "Notification", "Message": greeting})})

    assert (Tally(), {}) == (processed.tally, processed.failures)


def test_every_type_of_event_is_taken(database: Database, processor: EventProcessor) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor)
    email = [kind for kind in EventType if not kind.startswith("TEXT_")]
    bodies = {
        kind.value: json.dumps(
            email_event(kind, message_id=message_id)
            if kind in email
            else text_event(kind, message_id=message_id)
        )
        for kind in EventType
    }

    processed = processor.process(bodies)

    assert {} == processed.failures
    assert len(EventType) == processed.tally.matched
