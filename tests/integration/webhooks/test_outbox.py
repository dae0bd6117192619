"""What owes a callback: exactly one per event or outcome and endpoint, whatever is repeated."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.message import Channel, MessageId
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.domain.webhooks.callback import CallbackType
from message_tracker.core.store import rebuild
from message_tracker.core.store.database import Database
from message_tracker.core.store.events import adopt_unmatched, ingest
from message_tracker.core.store.webhooks import Webhooks
from tests.callbacks import a_webhook, owed
from tests.provider_events import (
    JsonObject,
    as_notification,
    by_sns,
    email_event,
    encoded,
    on_the_bus,
    text_event,
)
from tests.stored_messages import a_message

NOW = datetime.now(UTC).replace(microsecond=0)


def ingested(database: Database, records: Sequence[JsonObject]) -> int:
    """Store the records as one batch and return how many callbacks they owe."""
    events = [parse_event(encoded(record)) for record in records]
    with database.transaction() as cursor:
        return ingest(
            cursor, [each for each in events if isinstance(each, DeliveryEvent)]
        ).callbacks


def stored_message(
    database: Database,
    *,
    channel: Channel = Channel.EMAIL,
    status: MessageStatus = MessageStatus.SENDING,
    provider_message_id: str | None = None,
) -> MessageId:
    with database.transaction() as cursor:
        return a_message(
            cursor, channel=channel, status=status, provider_message_id=provider_message_id
        )


def campaign(message_id: UUID) -> list[JsonObject]:
    """Return events of one message, of every type."""
    types = ["Send", "DeliveryDelay", "Delivery", "Open", "Open", "Click", "Subscription"]
    types += ["Bounce", "Complaint"]
    return [
        email_event(each, message_id=message_id, occurred_at=NOW + timedelta(seconds=number))
        for number, each in enumerate(types)
    ]


def test_every_event_owes_one_callback_to_every_endpoint(database: Database) -> None:
    first, second = a_webhook(database), a_webhook(database)
    message_id = stored_message(database)

    count = ingested(database, campaign(message_id))

    rows = owed(database)
    assert 18 == count == len(rows)
    assert [
        "message.sent",
        "message.delayed",
        "message.delivered",
        "message.opened",
        "message.opened",
        "message.clicked",
        "message.unsubscribed",
        "message.bounced",
        "message.complained",
    ] == [row["type"] for row in rows if row["webhook_endpoint_id"] == first]
    assert {first, second} == {row["webhook_endpoint_id"] for row in rows}
    assert {message_id} == {row["message_id"] for row in rows}


def test_no_repeat_order_split_or_route_owes_more(database: Database) -> None:
    a_webhook(database)
    events = campaign(stored_message(database, provider_message_id="ses-1"))
    routed = [*events, *map(on_the_bus, events), *map(by_sns, events)]
    routed += [as_notification(event) for event in events if event["eventType"] == "Bounce"]
    Random(7).shuffle(routed)  # noqa: S311 - the same order each time

    counts = [ingested(database, routed[at : at + 5]) for at in range(0, len(routed), 5)]
    counts.append(ingested(database, events))

    assert 9 == sum(counts) == len(owed(database))


def test_an_endpoint_is_owed_only_what_it_asks_for(database: Database) -> None:
    a_webhook(database, types=[CallbackType.BOUNCED, CallbackType.DELIVERED])

    ingested(database, campaign(stored_message(database)))

    assert ["message.delivered", "message.bounced"] == [row["type"] for row in owed(database)]


def test_a_disabled_endpoint_is_owed_nothing(database: Database) -> None:
    webhook_id = a_webhook(database)
    Webhooks(database).change(
        webhook_id, url=None, description=None, types=None, is_enabled=False, now=NOW
    )

    assert 0 == ingested(database, campaign(stored_message(database)))


def test_an_event_owes_a_callback_when_it_finds_its_message(database: Database) -> None:
    a_webhook(database)
    event = text_event("TEXT_DELIVERED", message_id=None, occurred_at=NOW)
    before = ingested(database, [event])
    stored_message(database, channel=Channel.TEXT, provider_message_id="sms-1")

    adopt_unmatched(database, datetime.now(UTC))

    assert 0 == before
    assert ["message.delivered"] == [row["type"] for row in owed(database)]


@pytest.mark.parametrize(
    "record",
    [
        pytest.param({"event_type": "Novelty"}, id="unknown-type"),
        pytest.param(
            {"event_type": "Subscription", "newTopicPreferences": {"unsubscribeAll": False}},
            id="some-topics-only",
        ),
        pytest.param({"event_type": "Delivery", "days": 8}, id="old-news"),
    ],
)
def test_what_is_no_news_to_anyone_owes_nothing(database: Database, record: JsonObject) -> None:
    a_webhook(database)
    occurred_at = NOW - timedelta(days=record.pop("days", 0))
    message_id = stored_message(database)

    count = ingested(
        database, [email_event(message_id=message_id, occurred_at=occurred_at, **record)]
    )

    assert 0 == count


def test_mail_of_others_owes_nothing(database: Database) -> None:
    a_webhook(database)

    assert 0 == ingested(database, [email_event("Bounce", message_id=None, occurred_at=NOW)])


def test_a_rebuild_calls_nobody(database_url: str, database: Database) -> None:
    a_webhook(database)
    events = campaign(stored_message(database))
    ingested(database, events[:3])
    shadow = Database(lambda: database_url, search_path=rebuild.SEARCH_PATH)
    rebuild.begin(shadow, datetime(1970, 1, 1, tzinfo=UTC))

    with shadow.transaction() as cursor:
        found = [parse_event(encoded(event)) for event in events]
        ingest(cursor, [each for each in found if isinstance(each, DeliveryEvent)])
    rebuild.apply(shadow, datetime(1970, 1, 1, tzinfo=UTC))

    shadow.close()
    assert 3 == len(owed(database))
    assert 0 == ingested(database, events)


OURS = [
    MessageStatus.STOPPED,
    MessageStatus.EXPIRED,
    MessageStatus.SUPPRESSED,
    MessageStatus.FAILED,
    MessageStatus.UNCONFIRMED,
]


def moved(database: Database, message_id: UUID, status: MessageStatus) -> None:
    database.fetch(
        "UPDATE message_state SET status = %(status)s::message_status, cause = 'Why'"
        " WHERE message_id = %(message_id)s::uuid",
        {"status": status, "message_id": message_id},
    )


@pytest.mark.parametrize("status", OURS)
def test_what_we_do_ourselves_owes_a_callback_once(
    database: Database, status: MessageStatus
) -> None:
    webhooks = {a_webhook(database), a_webhook(database)}
    a_webhook(database, types=[CallbackType.CLICKED])
    message_id = stored_message(database)

    moved(database, message_id, status)
    moved(database, message_id, status)

    rows = owed(database)
    assert webhooks == {row["webhook_endpoint_id"] for row in rows}
    assert [(f"message.{status}", message_id, "Why")] * 2 == [
        (row["type"], row["message_id"], row["cause"]) for row in rows
    ]


@pytest.mark.parametrize("status", sorted(set(MessageStatus) - set(OURS)))
def test_what_only_an_event_can_tell_is_left_to_the_event(
    database: Database, status: MessageStatus
) -> None:
    a_webhook(database)
    message_id = stored_message(database, status=MessageStatus.SCHEDULED)

    moved(database, message_id, status)

    assert [] == owed(database)


def test_a_message_that_fails_again_after_a_redrive_is_told_of_again(database: Database) -> None:
    a_webhook(database)
    message_id = stored_message(database)

    for status in (MessageStatus.FAILED, MessageStatus.QUEUED, MessageStatus.FAILED):
        moved(database, message_id, status)

    assert 2 == len(owed(database))
