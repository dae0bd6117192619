"""What a receiver is told: what the event says, what we did, and nothing of the forgotten."""

import json
from datetime import UTC, datetime, timedelta

from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.callbacks import Callbacks
from message_tracker.core.store.database import Database
from message_tracker.core.store.events import ingest
from message_tracker.core.store.retention import forget_person
from tests.callbacks import a_webhook
from tests.provider_events import JsonObject, email_event, encoded
from tests.stored_messages import a_message

NOW = datetime.now(UTC).replace(microsecond=0)


def bodies(database: Database) -> list[JsonObject]:
    """Claim everything that is owed, and return what would be posted."""
    later = datetime.now(UTC) + timedelta(minutes=1)
    due = Callbacks(database).claim(new_id(), most=50, now=later, until=later)
    found = [json.loads(each.callback.body()) for each in due]
    return sorted(found, key=lambda each: int(each["sequence"]))


def bounced(database: Database) -> JsonObject:
    """Have a message bounce, and return the body of the callback."""
    with database.transaction() as cursor:
        message_id = a_message(cursor)
        event = parse_event(encoded(email_event("Bounce", message_id=message_id, occurred_at=NOW)))
        assert isinstance(event, DeliveryEvent)
        ingest(cursor, [event])
    [body] = bodies(database)
    assert str(message_id) == body["data"]["message_id"]
    return body


def test_an_event_is_told_with_its_facts(database: Database) -> None:
    a_webhook(database)

    body = bounced(database)

    assert ("message.bounced", NOW.isoformat(timespec="milliseconds")) == (
        body["type"],
        body["timestamp"],
    )
    assert {
        "channel": "email",
        "kind": "transactional",
        "status": "bounced",
        "is_final": True,
        "event_type": "Bounce",
        "cause": "Bounce/Permanent/General",
    }.items() <= body["data"].items()
    assert "smtp; 550 unknown user" == body["data"]["details"]["diagnostic"]


def test_what_we_did_is_told_with_our_cause(database: Database) -> None:
    a_webhook(database)
    with database.transaction() as cursor:
        message_id = a_message(cursor, channel=Channel.TEXT)
    database.fetch(
        "UPDATE message_state SET status = 'failed', cause = 'sender/DeadLetter'"
        " WHERE message_id = %(message_id)s::uuid",
        {"message_id": message_id},
    )

    [body] = bodies(database)

    assert {
        "message_id": str(message_id),
        "channel": "text",
        "status": "failed",
        "event_type": None,
        "cause": "sender/DeadLetter",
        "details": {},
    }.items() <= body["data"].items()


def test_of_a_person_who_was_forgotten_nothing_more_is_told(database: Database) -> None:
    a_webhook(database)
    body = bounced(database)
    database.fetch("UPDATE webhook_delivery SET claimed_until = NULL")
    message_id = body["data"]["message_id"]

    forget_person(database, "someone@example.com", [message_id], with_suppression=False)

    [body] = bodies(database)
    assert "diagnostic" not in body["data"]["details"]
    assert body["data"]["user_id"] is None
