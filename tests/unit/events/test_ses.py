"""What SES events tell beyond their row."""

from typing import Any

import pytest

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.vocabulary import EventType
from message_tracker.core.domain.status import MessageStatus
from tests.unit.events.records import load, parse


def changed(name: str, part: str, **fields: object) -> dict[str, Any]:
    record = load(name)
    return record | {part: (record[part] or {}) | fields}


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("send", {}),
        ("reject", {"reason": "Bad content"}),
        (
            "delivery",
            {
                "smtp_response": "250 2.0.0 Ok: queued as 4Fz9Qx",
                "reporting_mta": "b224-12.smtp-out.eu-north-1.amazonses.com",
                "remote_mta_ip": "203.0.113.9",
                "processing_time_ms": 2726,
            },
        ),
        (
            "bounce_transient",
            {
                "bounce_type": "Transient",
                "bounce_sub_type": "MailboxFull",
                "enhanced_status_code": "4.2.2",
                "diagnostic": "smtp; 452 4.2.2 mailbox over quota",
                "action": "failed",
            },
        ),
        (
            "complaint_abuse",
            {
                "complaint_type": "abuse",
                "user_agent": "Lighthouse-FBL/2.1",
                "arrived_at": "2026-03-02T04:40:30.000-07:00",
            },
        ),
        (
            "delivery_delay",
            {"delay_type": "MailboxFull", "expires_at": "2026-03-02T23:15:00.120Z"},
        ),
        (
            "click",
            {
                "ip_address": "203.0.113.77",
                "link": "https://harbor.example/tides?month=3",
                "link_tags": '{"section":["north","pier"]}',
            },
        ),
        ("subscription", {"contact_list": "tide-readers", "unsubscribe_all": True}),
        ("rendering_failure", {"template_name": "tide-table"}),
        ("delivery_foreign_mail", {"user_id": "u-4711", "report_type": "weekly-tides"}),
    ],
)
def test_the_facts_of_an_event_are_kept(name: str, facts: dict[str, object]) -> None:
    event = parse(load(f"ses/{name}"))

    assert facts.items() <= event.details.items()


def test_a_bounce_of_several_keeps_the_diagnosis_of_each() -> None:
    event = parse(load("ses/bounce_two_recipients"))

    assert "refused too" in str(event.details["by_recipient"])


def test_our_own_mail_is_matched_by_its_tag_and_not_by_headers() -> None:
    record = changed("ses/send", "mail", headers=[{"name": "user_id", "value": "u-1"}])

    assert parse(record).details == {}


@pytest.mark.parametrize("headers", [None, "truncated", [1], [{"name": None}], [{}], {}])
def test_odd_headers_do_not_cost_the_event(headers: object) -> None:
    record = changed("ses/send", "mail", headers=headers, tags=None)

    assert parse(record).details == {}


def test_a_bounce_type_of_the_future_is_no_hard_bounce() -> None:
    event = parse(changed("ses/bounce_permanent", "bounce", bounceType="Postponed"))

    assert event.status is MessageStatus.UNDELIVERED
    assert event.cause == "Bounce/Postponed/NoEmail"


@pytest.mark.parametrize(
    ("name", "part", "field"),
    [
        ("ses/complaint_abuse", "complaint", "complainedRecipients"),
        ("ses/bounce_permanent", "bounce", "bouncedRecipients"),
    ],
)
def test_an_accusation_without_names_falls_on_a_sole_recipient_only(
    name: str, part: str, field: str
) -> None:
    record = changed(name, part, **{field: None})
    to_two = record | {"mail": record["mail"] | {"destination": ["a@x.example", "b@x.example"]}}
    to_nobody = record | {"mail": record["mail"] | {"destination": None}}

    assert parse(record).recipients == ("ada@lighthouse.example",)
    assert parse(to_two).recipients == ()
    assert parse(to_nobody).recipients == ()


@pytest.mark.parametrize("tag", ["01J9ZQ4Y2T8M6W3K5R7N1C0B9D", 7, None, [], {"a": 1}])
def test_a_tag_of_another_application_is_not_taken_for_our_id(tag: object) -> None:
    event = parse(changed("ses/send", "mail", tags={"mt_id": [tag], "mt_attempt": tag}))

    assert (event.message_id, event.attempt_id) == (None, None)


def test_an_event_without_the_id_of_ses_is_kept_by_ours() -> None:
    event = parse(changed("ses/open", "mail", messageId=None))

    assert event.provider_message_id is None
    assert event.message_id is not None


@pytest.mark.parametrize(
    ("name", "part", "field", "value"),
    [
        ("ses/delivery", "delivery", "timestamp", None),
        ("ses/delivery", "delivery", "timestamp", "yesterday"),
        ("ses/delivery", "delivery", "timestamp", "1969-12-31T23:59:59.999Z"),
        ("ses/delivery", "delivery", "timestamp", "9999-12-31T23:59:59-23:59"),
        ("ses/delivery", "delivery", "timestamp", 1772443203457),
        ("ses/send", "mail", "timestamp", None),
    ],
)
def test_an_event_without_a_time_of_its_own_is_refused(
    name: str, part: str, field: str, value: object
) -> None:
    record = changed(name, part, **{field: value})

    with pytest.raises(Unparseable, match="time"):
        parse(record)


def test_a_time_without_an_offset_is_utc_and_cut_to_milliseconds() -> None:
    record = changed("ses/delivery", "delivery", timestamp="2026-03-02T09:15:02.846999")

    assert parse(record) == parse(load("ses/delivery"))


@pytest.mark.parametrize("part", ["delivery", "bounce", "complaint", "open", "click"])
def test_an_event_without_the_part_its_type_names_is_refused(part: str) -> None:
    record = load("ses/send") | {"eventType": part.capitalize(), part: None}

    with pytest.raises(Unparseable, match=f"`{part}` is missing"):
        parse(record)


def test_an_event_of_no_message_is_refused() -> None:
    record = changed("ses/send", "mail", messageId=None, tags=None)

    with pytest.raises(Unparseable, match="messageId"):
        parse(record)


def test_an_event_that_names_no_type_is_kept_as_unknown() -> None:
    event = parse({"mail": load("ses/send")["mail"]})

    assert (event.event_type, event.status) == (EventType.UNKNOWN, None)


@pytest.mark.parametrize("preferences", [{"UnsubscribeAll": True}, {"unsubscribeAll": True}])
def test_an_unsubscription_is_seen_in_either_case_of_its_key(preferences: object) -> None:
    record = changed("ses/subscription", "subscription", newTopicPreferences=preferences)

    assert parse(record).details["unsubscribe_all"] is True


def test_a_subscription_without_preferences_says_nothing_of_them() -> None:
    event = parse(changed("ses/subscription", "subscription", newTopicPreferences=None))

    assert "unsubscribe_all" not in event.details


@pytest.mark.parametrize("part", ["reject", "failure"])
def test_a_rejection_without_its_part_is_a_rejection_all_the_same(part: str) -> None:
    name = {"reject": "ses/reject", "failure": "ses/rendering_failure"}[part]

    assert parse(load(name) | {part: None}).status is MessageStatus.REJECTED
