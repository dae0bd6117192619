"""The natural key tells events apart, and nothing but events."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.events.keys import event_key
from tests.unit.events.records import load, parse

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
milliseconds = st.integers(min_value=0, max_value=253_402_300_799_999)
words = st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))


@given(milliseconds, words)
def test_the_first_48_bits_are_the_time_of_the_event(at_ms: int, natural: list[str]) -> None:
    key = event_key(EPOCH + timedelta(milliseconds=at_ms), *natural)

    assert key.int >> 80 == at_ms


@given(words, words)
def test_only_equal_parts_make_equal_keys(one: list[str], other: list[str]) -> None:
    keys_are_equal = event_key(EPOCH, *one) == event_key(EPOCH, *other)

    # The joined parts are hashed, so one empty part is as good as none.
    assert keys_are_equal == ((one or [""]) == (other or [""]))


@pytest.mark.parametrize(
    ("name", "part", "field", "value"),
    [
        ("ses/delivery", "delivery", "timestamp", "2026-03-02T09:15:02.847Z"),
        ("ses/delivery", "delivery", "recipients", ["grace@lighthouse.example"]),
        ("ses/delivery", "mail", "messageId", "another mail"),
        ("ses/bounce_permanent", "bounce", "feedbackId", "another report"),
        ("ses/bounce_permanent", "bounce", "bouncedRecipients", [{"emailAddress": "g@h.example"}]),
        ("ses/complaint_abuse", "complaint", "feedbackId", "another report"),
        ("ses/delivery_delay", "deliveryDelay", "timestamp", "2026-03-02T09:55:00.000Z"),
        ("ses/open", "open", "ipAddress", "203.0.113.78"),
        ("ses/open", "open", "userAgent", "another browser"),
        ("ses/click", "click", "link", "https://harbor.example/another"),
        ("ses/subscription", "subscription", "timestamp", "2026-03-03T07:00:00.251Z"),
    ],
)
def test_what_makes_another_event_makes_another_key(
    name: str, part: str, field: str, value: object
) -> None:
    record = load(name)
    other = record | {part: record[part] | {field: value}}

    assert parse(record).event_key != parse(other).event_key


@pytest.mark.parametrize(
    ("name", "part", "field", "value"),
    [
        ("ses/delivery", "delivery", "processingTimeMillis", 1),
        ("ses/delivery", "delivery", "timestamp", "2026-03-02T10:15:02.846+01:00"),
        ("ses/delivery", "delivery", "aFieldOfTheFuture", {"a": [1]}),
        ("ses/delivery", "mail", "tags", {}),
        ("ses/delivery", "mail", "headersTruncated", "true"),
        ("ses/bounce_permanent", "bounce", "remoteMtaIp", "203.0.113.9"),
        ("ses/open", "mail", "commonHeaders", None),
    ],
)
def test_what_a_route_may_leave_out_or_add_keeps_the_key(
    name: str, part: str, field: str, value: object
) -> None:
    record = load(name)
    other = record | {part: record[part] | {field: value}}

    assert parse(record).event_key == parse(other).event_key


def test_the_order_of_the_recipients_keeps_the_key() -> None:
    record = load("ses/bounce_two_recipients")
    turned = record["bounce"] | {"bouncedRecipients": record["bounce"]["bouncedRecipients"][::-1]}

    assert parse(record).event_key == parse(record | {"bounce": turned}).event_key


def test_two_types_of_one_message_and_moment_differ_in_key() -> None:
    queued, pending = parse(load("sms/text_queued")), parse(load("sms/text_pending"))

    assert queued.event_key != pending.event_key
