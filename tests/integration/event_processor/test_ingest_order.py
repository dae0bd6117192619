"""The order, number and route of events do not matter: the rows are the same, byte for byte."""

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus, join
from message_tracker.core.store.database import Database
from message_tracker.core.store.events import adopt_unmatched, ingest
from tests.provider_events import (
    JsonObject,
    as_notification,
    at,
    by_sns,
    email_event,
    encoded,
    on_the_bus,
    text_event,
)
from tests.stored_messages import state_of, store_messages

MESSAGE_ID = UUID("01957f00-0000-7000-8000-000000000001")
ANOTHERS_ID = UUID("01957f00-0000-7000-8000-000000000002")  # of no message here
SOFT_BOUNCE_DAYS = 2
Happening = tuple[str, int, dict[str, Any]]

EMAIL_TYPES = [
    ("Send", {}),
    ("DeliveryDelay", {}),
    ("Delivery", {}),
    ("Bounce", {}),
    ("Bounce", {"bounceType": "Transient", "bounceSubType": "MailboxFull", "on_day": True}),
    ("Bounce", {"bounceSubType": "OnAccountSuppressionList"}),
    ("Complaint", {}),
    ("Complaint", {"complaintFeedbackType": "not-spam"}),
    ("Reject", {}),
    ("Open", {}),
    ("Open", {"userAgent": "GoogleImageProxy"}),
    ("Open", {"sent_at": at(0)}),
    ("Click", {}),
    ("Click", {"link": "https://example.com/terms"}),
    ("Click", {"userAgent": "curl/8"}),
    ("Subscription", {}),
    ("Invented Tomorrow", {}),
]
TEXT_TYPES = [
    ("TEXT_PENDING", {}),
    ("TEXT_QUEUED", {}),
    ("TEXT_SUCCESSFUL", {}),
    ("TEXT_SUCCESSFUL", {"is_final": True}),
    ("TEXT_DELIVERED", {"is_final": True}),
    ("TEXT_UNREACHABLE", {"is_final": True}),
    ("TEXT_SPAM", {"is_final": True}),
    ("TEXT_UNKNOWN", {"is_final": True}),
    ("TEXT_INVENTED", {}),
]


def email_copies(happening: Happening) -> list[JsonObject]:
    """Return the event as each route brings it; every one has a copy with our id."""
    event_type, seconds, part = happening
    told = {"message_id": MESSAGE_ID, "occurred_at": at(seconds), **part}
    told["provider_message_id"] = f"ses-{1 + seconds % 2}"  # sent twice
    if told.pop("on_day", False):
        told["occurred_at"] = at(seconds * 86_400)
    tagged = email_event(event_type, **told)
    copies = [tagged, on_the_bus(tagged), by_sns(tagged)]
    if event_type == "Click":
        copies.append(email_event("Click", linkTags={"place": ["foot"]}, **told))
    if event_type in ("Bounce", "Complaint", "Delivery"):
        copies.append(by_sns(as_notification(tagged)))
    return copies


def text_copies(happening: Happening) -> list[JsonObject]:
    """Return the event by Firehose and by EventBridge, which leaves our id out."""
    event_type, seconds, part = happening
    told = {"provider_message_id": f"sms-{1 + seconds % 2}", **part}  # sent twice
    told["occurred_at"] = at(seconds + 5 * len(part))  # the last word comes after the others
    return [
        text_event(event_type, message_id=MESSAGE_ID, **told),
        on_the_bus(text_event(event_type, message_id=None, **told)),
    ]


def foreign_email_copies(happening: Happening) -> list[JsonObject]:
    """Return the event of another application's mail; some copies tell its report type."""
    event_type, seconds, part = happening
    told = {name: value for name, value in part.items() if name != "on_day"}
    record = email_event(event_type, message_id=None, occurred_at=at(seconds), **told)
    named = json.loads(json.dumps(record))
    named["mail"]["headers"] = [{"name": "user_id", "value": "u-7"}]
    return [record, on_the_bus(named), by_sns(as_notification(record))]


def foreign_text_copies(happening: Happening) -> list[JsonObject]:
    """Return the event of another application's text; by EventBridge it names nobody."""
    event_type, seconds, part = happening
    told = {**part, "occurred_at": at(seconds + 5 * len(part))}
    return [
        text_event(event_type, message_id=ANOTHERS_ID, **told),
        on_the_bus(text_event(event_type, message_id=None, **told)),
    ]


def happenings(types: list[tuple[str, dict[str, Any]]]) -> st.SearchStrategy[list[Happening]]:
    one = st.tuples(st.sampled_from(types), st.integers(0, 4))
    return st.lists(one.map(lambda drawn: (drawn[0][0], drawn[1], drawn[0][1])), max_size=8)


def parsed(copies: Sequence[JsonObject]) -> list[DeliveryEvent]:
    events = [parse_event(encoded(copy)) for copy in copies]
    return [event for event in events if isinstance(event, DeliveryEvent)]


def rows_after(
    database: Database, batches: list[list[DeliveryEvent]], channel: Channel, pid: str | None
) -> dict[str, list[DictRow]]:
    """Return every row that the batches leave, in a transaction that is taken back."""
    rows = {}
    with database.transaction() as cursor:
        store_messages(cursor, [MESSAGE_ID], channel=channel, provider_message_id=pid)
        cursor.execute("UPDATE message_state SET group_id = message_id")  # not the same twice
        for batch in batches:
            ingest(cursor, batch, soft_bounce_days=SOFT_BOUNCE_DAYS)
        adopt_unmatched(database, datetime.now(UTC), soft_bounce_days=SOFT_BOUNCE_DAYS)
        rows = {
            table: all_of(cursor, table)
            for table in ("message_event", "suppression", "soft_bounce")
        }
        rows["message_state"] = [state_of(cursor, MESSAGE_ID)]
        raise psycopg.Rollback
    return rows


def all_of(cursor: Cursor[DictRow], table: str) -> list[DictRow]:
    rows = cursor.execute(f"SELECT * FROM {table} AS t ORDER BY t::text".encode()).fetchall()
    return [{name: row[name] for name in row if name != "received_at"} for row in rows]


@pytest.mark.parametrize(
    ("channel", "types", "copies_of", "pid"),
    [
        pytest.param(Channel.EMAIL, EMAIL_TYPES, email_copies, None, id="email"),
        pytest.param(Channel.EMAIL, EMAIL_TYPES, email_copies, "ses-1", id="email-recorded"),
        pytest.param(Channel.TEXT, TEXT_TYPES, text_copies, None, id="text"),
        pytest.param(Channel.TEXT, TEXT_TYPES, text_copies, "sms-1", id="text-recorded"),
    ],
)
def test_any_order_repetition_split_and_route_leaves_the_same_rows(
    database: Database,
    channel: Channel,
    types: list[tuple[str, dict[str, Any]]],
    copies_of: Callable[[Happening], list[JsonObject]],
    pid: str | None,
) -> None:
    @settings(max_examples=100)
    @given(happened=happenings(types), seed=st.integers(0, 2**32))
    def leaves_the_same_rows(happened: list[Happening], seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - a shuffle, not a secret
        events = [event for one in happened for event in parsed(copies_of(one))]
        shuffled = events + chance.choices(events, k=len(events)) if events else []
        chance.shuffle(shuffled)
        size = chance.randint(1, 6)
        batches = [shuffled[cut : cut + size] for cut in range(0, len(shuffled), size)]

        in_order = rows_after(database, [events], channel, pid)

        assert in_order == rows_after(database, batches, channel, pid)
        assert_counts_add_up(in_order)
        told = [event.status for event in events if event.status is not None]
        expected = reduce(join, told, MessageStatus.SENDING)
        assert [expected] == [row["status"] for row in in_order["message_state"]]
        assert {event.event_key for event in events} == {
            row["event_key"] for row in in_order["message_event"]
        }
        assert all(row["message_id"] == MESSAGE_ID for row in in_order["message_event"])

    leaves_the_same_rows()


def assert_counts_add_up(rows: dict[str, list[DictRow]]) -> None:
    """Every open and click counts once: as a person's or as a machine's."""
    (state,) = rows["message_state"]
    for kind in ("Open", "Click"):
        hits = [row for row in rows["message_event"] if row["event_type"] == kind]
        by_machines = sum(row["effect"] is not None for row in hits)
        counts = (state[f"{kind.lower()}_count"], state[f"machine_{kind.lower()}_count"])
        assert (len(hits) - by_machines, by_machines) == counts


@pytest.mark.parametrize(
    ("channel", "types", "copies_of"),
    [
        pytest.param(Channel.EMAIL, EMAIL_TYPES, foreign_email_copies, id="email"),
        pytest.param(Channel.TEXT, TEXT_TYPES, foreign_text_copies, id="text"),
    ],
)
def test_mail_of_others_leaves_the_same_rows_in_any_order_and_moves_nothing_of_ours(
    database: Database,
    channel: Channel,
    types: list[tuple[str, dict[str, Any]]],
    copies_of: Callable[[Happening], list[JsonObject]],
) -> None:
    @settings(max_examples=40)
    @given(happened=happenings(types), seed=st.integers(0, 2**32))
    def leaves_the_same_rows(happened: list[Happening], seed: int) -> None:
        chance = random.Random(seed)  # noqa: S311 - a shuffle, not a secret
        events = [event for one in happened for event in parsed(copies_of(one))]
        shuffled = chance.sample(events * 2, k=2 * len(events))
        size = chance.randint(1, 6)
        batches = [shuffled[cut : cut + size] for cut in range(0, len(shuffled), size)]

        in_order = rows_after(database, [events], channel, "ours")

        assert in_order == rows_after(database, batches, channel, "ours")
        assert (
            in_order["message_state"] == rows_after(database, [], channel, "ours")["message_state"]
        )
        assert [] == in_order["suppression"] + in_order["soft_bounce"]
        assert all(row["recipient"] for row in in_order["message_event"])

    leaves_the_same_rows()
