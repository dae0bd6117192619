"""What SMS events tell beyond their row."""

import pytest

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.status import MessageStatus
from tests.unit.events.records import load, parse


def test_the_facts_of_a_text_are_kept() -> None:
    event = parse(load("sms/text_delivered"))

    assert event.details == {
        "status": "DELIVERED",
        "status_description": "Message has been taken by the phone",
        "origination": "+12025550147",
        "country": "US",
        "carrier": "Example Wireless",
        "mcc": "311",
        "mnc": "270",
        "encoding": "GSM",
        "parts": 2,
        "price": 0.01162,
        "carrier_fee": 0.00604,
    }


def test_a_price_is_the_same_number_however_it_is_written() -> None:
    free = load("sms/text_delivered") | {"totalMessagePrice": 0}

    assert repr(parse(free).details["price"]) == "0.0"


@pytest.mark.parametrize(
    ("name", "is_final"),
    [
        ("text_delivered", True),
        ("text_blocked", True),
        ("text_successful", False),
        ("text_queued", False),
        ("text_future_type", False),
    ],
)
def test_without_is_final_the_type_decides(name: str, is_final: bool) -> None:
    record = load(f"sms/{name}") | {"isFinal": None}

    assert parse(record).is_final is is_final


@pytest.mark.parametrize(
    ("is_final", "status"), [(True, MessageStatus.DELIVERED), (False, MessageStatus.SENT)]
)
def test_a_success_is_a_delivery_only_where_no_receipt_will_follow(
    is_final: bool, status: MessageStatus
) -> None:
    record = load("sms/text_successful") | {"isFinal": is_final}

    assert parse(record).status is status


@pytest.mark.parametrize("at", [None, "soon", True, -1, 253_402_300_800_000, 10**400, [], {}])
def test_a_text_event_without_a_time_is_refused(at: object) -> None:
    record = load("sms/text_delivered") | {"eventTimestamp": at}

    with pytest.raises(Unparseable, match="eventTimestamp"):
        parse(record)


def test_a_text_event_of_no_message_is_refused() -> None:
    record = load("sms/text_delivered") | {"messageId": None, "context": None}

    with pytest.raises(Unparseable, match="messageId"):
        parse(record)


@pytest.mark.parametrize("context", [None, "mt_id", [], {"mt_id": 4}, {"mt_id": ["x"]}])
def test_a_context_of_another_application_is_not_taken_for_our_id(context: object) -> None:
    event = parse(load("sms/text_delivered") | {"context": context})

    assert (event.message_id, event.attempt_id) == (None, None)
