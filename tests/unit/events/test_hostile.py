"""Whatever the bytes, they are read or refused; and what is read can be stored."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.facts import json_text
from message_tracker.core.domain.events.vocabulary import AccountEvent, DeliveryEvent, Event
from tests.unit.events.records import MESSAGE_NAMES, NAMES, by_event_bridge, by_sns, load, parse

DEEP = b"[" * 100_000 + b"]" * 100_000
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters()),
    st.datetimes().map(str),
)
json_values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4)
    ),
    max_leaves=12,
)


def read_or_refuse(raw: bytes) -> Event | None:
    try:
        return parse_event(raw)
    except Unparseable:
        return None


def assert_storable(event: Event | None) -> None:
    if event is None:
        return
    facts = event.details if isinstance(event, DeliveryEvent) else event.detail
    texts = [*facts, *(value for value in facts.values() if isinstance(value, str))]
    if isinstance(event, DeliveryEvent):
        texts += [
            event.type_name,
            event.provider_message_id or "",
            event.cause or "",
            *event.recipients,
        ]
    for text in texts:
        assert "\0" not in text
        text.encode()
    json.dumps(facts, allow_nan=False)


@st.composite
def damaged(draw: st.DrawFn) -> object:
    """A recorded event, some of whose values, at any depth, are something else."""

    def damage(value: object) -> object:
        if draw(st.integers(min_value=0, max_value=11)) == 0:
            return draw(json_values)
        if isinstance(value, dict):
            return {name: damage(inner) for name, inner in value.items()}
        return [damage(inner) for inner in value] if isinstance(value, list) else value

    return damage(load(draw(st.sampled_from(NAMES))))


@given(st.binary())
def test_arbitrary_bytes_are_read_or_refused(raw: bytes) -> None:
    assert_storable(read_or_refuse(raw))


@given(json_values)
def test_arbitrary_json_is_read_or_refused(value: object) -> None:
    for raw in (json.dumps(value).encode(), by_event_bridge(value), by_sns(value)):
        assert_storable(read_or_refuse(raw))


@given(damaged())
def test_a_damaged_event_is_read_or_refused_by_any_route(record: object) -> None:
    for raw in (json.dumps(record).encode(), by_event_bridge(record), by_sns(record)):
        assert_storable(read_or_refuse(raw))


@given(st.sampled_from(NAMES), st.data())
def test_an_event_cut_short_or_overwritten_is_read_or_refused(
    name: str, data: st.DataObject
) -> None:
    raw = bytearray(json.dumps(load(name)).encode())
    at = data.draw(st.integers(min_value=0, max_value=len(raw)))
    raw[at : at + data.draw(st.integers(min_value=0, max_value=40))] = data.draw(
        st.binary(max_size=8)
    )

    assert_storable(read_or_refuse(bytes(raw)))


@pytest.mark.parametrize(
    "raw",
    [
        DEEP,
        b'{"mail":' * 100_000,
        b'{"unknown":' + DEEP + b"}",
        b'{"eventType":' + DEEP + b"}",
        b'{"mail":{"headers":' + DEEP + b"}}",
        b'{"detail":' + DEEP + b"}",
        b'{"Type":"Notification","Message":"' + DEEP + b'"}',
        b'{"eventTimestamp":' + b"9" * 5000 + b"}",
        b'{"eventTimestamp":NaN,"messageId":"m"}',
        b'{"eventTimestamp":1e999,"messageId":"m"}',
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{}",
        b'{"Type":"Notification","Message":"Hello"}',
        b'{"Type":"Notification","Message":5}',
        b'{"Type":"Something","Message":"{}"}',
        b'{"source":"aws.s3","detail-type":"News","time":"2026-03-02T09:00:00Z","detail":{}}',
        b'{"source":"aws.ses","detail-type":"News","time":"sometime","detail":{}}',
        b'{"source":"aws.ses","detail-type":"News","time":"2026-03-02T09:00:00Z","detail":[]}',
    ],
    ids=lambda raw: raw[:40].decode(),
)
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(Unparseable):
        parse_event(raw)


@pytest.mark.parametrize("name", MESSAGE_NAMES)
def test_unknown_fields_change_nothing(name: str) -> None:
    record = load(name)

    assert parse(record | {"aFieldOfTheFuture": {"nested": [1, None]}}) == parse(record)


@pytest.mark.parametrize(
    ("hostile", "kept"),
    [
        (rb"a\u0000b", "a\ufffdb"),
        (rb"a\ud800b", "a\ufffdb"),
        (rb"a\udc00b", "a\ufffdb"),
        (rb"a\ud800\ud83d\ude00b", "a\ufffd\U0001f600b"),
        (b"a\xffb", "a\ufffdb"),
        (b"a\xed\xa0\x80b", "a\ufffd\ufffd\ufffdb"),
        (rb"\\ud800 \ud800", "\\ud800 \ufffd"),
    ],
)
def test_what_is_no_character_is_replaced_and_does_not_cost_the_event(
    hostile: bytes, kept: str
) -> None:
    agent = load("ses/open")["open"]["userAgent"].encode()
    raw = json.dumps(load("ses/open")).encode().replace(agent, hostile)

    event = parse_event(raw)

    assert isinstance(event, DeliveryEvent)
    assert event.details["user_agent"] == kept


def test_of_a_key_that_stands_twice_the_last_is_taken() -> None:
    raw = json.dumps(load("ses/send")).encode()

    event = parse_event(b'{"eventType":"Bounce",' + raw[1:])

    assert event == parse(load("ses/send"))


def test_texts_are_bounded() -> None:
    record = load("ses/click")
    record["click"] |= {"link": "x" * 100_000, "linkTags": {"k": ["y" * 100_000]}}
    record["mail"] |= {"messageId": "m" * 5000, "destination": ["a" * 5000 + "@b.example"]}

    event = parse(record)

    assert len(str(event.details["link"])) == 4096
    assert len(str(event.details["link_tags"])) == 4096
    assert len(event.provider_message_id or "") == 256
    assert [len(recipient) for recipient in event.recipients] == [320]


@pytest.mark.parametrize("huge", [10**30, {"k": 10**30}, -(10**30)])
def test_a_huge_number_is_kept_as_text(huge: object) -> None:
    record = load("ses/delivery")
    record["delivery"]["processingTimeMillis"] = huge

    assert isinstance(parse(record).details["processing_time_ms"], str)


def test_what_is_nested_too_deeply_for_text_is_said_to_be() -> None:
    nested: list[object] = []
    for _ in range(100_000):
        nested = [nested]

    assert json_text(nested) == "(nested too deeply)"


@pytest.mark.parametrize("depth", [*range(900, 1000, 7), 5000, 20_000])
def test_a_fact_of_any_depth_is_read_or_refused(depth: int) -> None:
    raw = json.dumps(load("ses/click")).encode()
    tags = b'{"section": ["north", "pier"]}'
    assert tags in raw

    event = read_or_refuse(raw.replace(tags, b"[" * depth + b"]" * depth))

    assert_storable(event)


def test_a_field_of_an_account_event_with_an_impossible_name_is_kept() -> None:
    envelope = load("eventbridge/sending_status_disabled")
    envelope["detail"] = {"a\0b": "c\0d"}

    event = parse_event(json.dumps(envelope).encode())

    assert isinstance(event, AccountEvent)
    assert event.detail == {"a\ufffdb": "c\ufffdd"}
