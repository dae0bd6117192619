"""What events say against an address."""

import pytest

from message_tracker.core.domain.message import Kind
from message_tracker.core.domain.suppression import (
    SOFT_BOUNCE,
    SuppressionReason,
    blocking,
    of_bounce,
    of_text_failure,
)
from tests.unit.events.records import load, parse


@pytest.mark.parametrize(
    ("bounce_type", "sub_type", "code", "expected"),
    [
        pytest.param("Permanent", "General", None, SuppressionReason.BOUNCE, id="hard"),
        pytest.param("Permanent", "Suppressed", None, SuppressionReason.BOUNCE, id="suppressed"),
        pytest.param("Transient", "MailboxFull", "4.2.2", SOFT_BOUNCE, id="mailbox-full"),
        pytest.param("Transient", "General", "4.4.7", SOFT_BOUNCE, id="gave-up-trying"),
        pytest.param("Transient", "General", None, None, id="out-of-office"),
        pytest.param("Transient", "MessageTooLarge", "5.3.4", None, id="our-mail-is-too-large"),
        pytest.param("Transient", "CustomTimeoutExceeded", "4.4.7", None, id="our-own-timeout"),
        pytest.param("Undetermined", "Undetermined", None, SOFT_BOUNCE, id="undetermined"),
        pytest.param("Invented", [], None, SOFT_BOUNCE, id="a-type-of-the-future"),
    ],
)
def test_a_bounce_accuses_the_mailbox_only_of_what_is_the_mailboxs(
    bounce_type: str, sub_type: object, code: str | None, expected: str | None
) -> None:
    assert of_bounce(bounce_type, sub_type, code) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ses/bounce_permanent", "BOUNCE"),
        ("ses/bounce_transient", "SOFT_BOUNCE"),
        ("ses/complaint_abuse", "COMPLAINT"),
        ("ses/complaint_not_spam", None),
        ("ses/subscription", "UNSUBSCRIBE"),
        ("ses/delivery", None),
        ("sms/text_blocked", None),
    ],
)
def test_an_event_carries_what_it_says(name: str, expected: str | None) -> None:
    assert parse(load(name)).details.get("suppress") == expected


def test_leaving_one_topic_is_no_unsubscription() -> None:
    record = load("ses/subscription")
    subscription = record["subscription"] | {"newTopicPreferences": {"unsubscribeAll": False}}

    assert "suppress" not in parse(record | {"subscription": subscription}).details


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Destination phone number is opted out", SuppressionReason.OPT_OUT),
        ("Blocked as spam by phone carrier", None),
        (None, None),
    ],
)
def test_a_number_that_opted_out_is_known_by_the_description(
    description: str | None, expected: str | None
) -> None:
    assert of_text_failure(description) == expected


def test_only_a_failure_can_say_that_a_number_opted_out() -> None:
    said = {"messageStatusDescription": "Not opted out"}

    assert "suppress" not in parse(load("sms/text_delivered") | said).details
    assert parse(load("sms/text_blocked") | said).details["suppress"] == "OPT_OUT"


@pytest.mark.parametrize(
    ("reasons", "transactional", "marketing"),
    [
        pytest.param([], None, None, id="none"),
        pytest.param(["UNSUBSCRIBE"], None, "UNSUBSCRIBE", id="unsubscribed"),
        pytest.param(["OPT_OUT"], "OPT_OUT", "OPT_OUT", id="stop"),
        pytest.param(["BOUNCE", "UNSUBSCRIBE"], "BOUNCE", "BOUNCE", id="the-gravest"),
        pytest.param(["COMPLAINT", "MANUAL", "BOUNCE"], "MANUAL", "MANUAL", id="a-persons-first"),
    ],
)
def test_the_gravest_reason_against_a_kind_of_message_is_named(
    reasons: list[str], transactional: str | None, marketing: str | None
) -> None:
    named = {kind: blocking(reasons, kind) for kind in Kind}

    assert {Kind.TRANSACTIONAL: transactional, Kind.MARKETING: marketing} == named
