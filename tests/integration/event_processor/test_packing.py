"""What is stored of an event's details is all of them."""

import json
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.packing import DETAIL_NAMES, effect, packed
from message_tracker.core.domain.events.vocabulary import DeliveryEvent, Details, EventType
from message_tracker.core.store.database import Database

RECORDS = sorted((Path(__file__).parents[2] / "fixtures" / "events").rglob("*.json"))
TYPES = [kind.value for kind in EventType] + ["Invented Tomorrow"]
VALUES = st.one_of(st.text("aé🎉\"'\\{[,", max_size=9), st.integers(-9, 9), st.booleans())


def unpacked(database: Database, told: list[tuple[str, Details]]) -> list[Details]:
    """Return what the database makes of the details as they are stored."""
    rows = database.fetch(
        "SELECT event_details(event_type, details, effect) AS details"
        "  FROM unnest(%(types)s::text[], %(details)s::text[], %(effects)s::text[])"
        "       WITH ORDINALITY AS told (event_type, details, effect, place)"
        " ORDER BY place",
        {
            "types": [name for name, _ in told],
            "details": [
                None if (raw := packed(name, details)) is None else raw.decode()
                for name, details in told
            ],
            "effects": [effect(details) for _, details in told],
        },
    )
    return [row["details"] for row in rows]


def test_every_recorded_event_is_read_back_as_it_was(database: Database) -> None:
    events = [parse_event(path.read_bytes()) for path in RECORDS]
    told = [(e.type_name, e.details) for e in events if isinstance(e, DeliveryEvent)]

    read_back = unpacked(database, told)

    assert json.loads(json.dumps([details for _, details in told])) == read_back


def test_any_details_are_read_back_as_they_were(database: Database) -> None:
    names = st.sampled_from([name for of in DETAIL_NAMES.values() for name in of] + ["new", "x-y"])

    @settings(max_examples=50)
    @given(st.lists(st.tuples(st.sampled_from(TYPES), st.dictionaries(names, VALUES)), min_size=1))
    def are_read_back(told: list[tuple[str, Details]]) -> None:
        assert [details for _, details in told] == unpacked(database, told)

    are_read_back()


def test_the_database_has_the_names_of_every_type(database: Database) -> None:
    rows = database.fetch(
        "SELECT name, event_detail_names(name) AS names FROM unnest(%(types)s::text[]) AS name",
        {"types": list(DETAIL_NAMES)},
    )

    assert {row["name"]: tuple(row["names"]) for row in rows} == dict(DETAIL_NAMES)


def test_names_and_trailing_gaps_take_no_room() -> None:
    assert b'["x"]' == packed("Open", {"ip_address": "x", "machine": "too soon"})
    assert b'[null,"x"]' == packed("Open", {"user_agent": "x"})
    assert b'{"user_id":"u"}' == packed("Open", {"user_id": "u"})
    assert packed("Complaint", {"suppress": "COMPLAINT"}) is None
    assert packed("Send", {}) is None
