"""Every recorded event is read into the row written beside its name."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest

from message_tracker.core.domain.events.vocabulary import EventType
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from tests.unit.events.records import MESSAGE_NAMES, load, parse

ADA = "ada@lighthouse.example"
PHONE = "+14255550198"
SENT, DELIVERED = MessageStatus.SENT, MessageStatus.DELIVERED
BOUNCED, UNDELIVERED = MessageStatus.BOUNCED, MessageStatus.UNDELIVERED
REJECTED, COMPLAINED = MessageStatus.REJECTED, MessageStatus.COMPLAINED
SENT_AT = "2026-03-02T09:15:00.120"
DELIVERED_AT = "2026-03-02T09:15:02.846"
BOUNCED_AT = "2026-03-02T09:15:04.501"
TEXT_AT = "2026-03-02T09:20:03.457"

Row = tuple[str, str, MessageStatus | None, bool, str | None, tuple[str, ...]]

# name: type, when, status, is it final, cause, recipients
ROWS: dict[str, Row] = {
    "ses/send": ("Send", SENT_AT, SENT, False, None, (ADA,)),
    "ses/reject": (
        "Reject",
        SENT_AT,
        REJECTED,
        True,
        "Reject/Bad content",
        (ADA,),
    ),
    "ses/rendering_failure": (
        "Rendering Failure",
        SENT_AT,
        REJECTED,
        True,
        "Rendering Failure",
        (ADA,),
    ),
    "ses/delivery": ("Delivery", DELIVERED_AT, DELIVERED, True, None, (ADA,)),
    "ses/delivery_foreign_mail": ("Delivery", DELIVERED_AT, DELIVERED, True, None, (ADA,)),
    "ses/identity_delivery": ("Delivery", DELIVERED_AT, DELIVERED, True, None, (ADA,)),
    "ses/bounce_permanent": (
        "Bounce",
        BOUNCED_AT,
        BOUNCED,
        True,
        "Bounce/Permanent/NoEmail",
        (ADA,),
    ),
    "ses/identity_bounce": (
        "Bounce",
        BOUNCED_AT,
        BOUNCED,
        True,
        "Bounce/Permanent/NoEmail",
        (ADA,),
    ),
    "ses/bounce_suppressed": (
        "Bounce",
        BOUNCED_AT,
        BOUNCED,
        True,
        "Bounce/Permanent/OnAccountSuppressionList",
        (ADA,),
    ),
    "ses/bounce_two_recipients": (
        "Bounce",
        BOUNCED_AT,
        BOUNCED,
        True,
        "Bounce/Permanent/General",
        (ADA, "grace@lighthouse.example"),
    ),
    "ses/bounce_transient": (
        "Bounce",
        BOUNCED_AT,
        UNDELIVERED,
        True,
        "Bounce/Transient/MailboxFull",
        (ADA,),
    ),
    "ses/bounce_undetermined": (
        "Bounce",
        BOUNCED_AT,
        UNDELIVERED,
        True,
        "Bounce/Undetermined/Undetermined",
        (ADA,),
    ),
    "ses/complaint_abuse": (
        "Complaint",
        "2026-03-02T11:40:31.007",
        COMPLAINED,
        True,
        "Complaint/abuse",
        (ADA,),
    ),
    "ses/complaint_suppressed": (
        "Complaint",
        "2026-03-02T09:15:00.900",
        COMPLAINED,
        True,
        "Complaint/OnAccountSuppressionList",
        (ADA,),
    ),
    "ses/complaint_not_spam": ("Complaint", "2026-03-02T11:42:00.000", None, False, None, (ADA,)),
    "ses/open": ("Open", "2026-03-02T10:01:12.333", None, False, None, (ADA,)),
    "ses/click": ("Click", "2026-03-02T10:01:40.010", None, False, None, (ADA,)),
    "ses/delivery_delay": (
        "DeliveryDelay",
        "2026-03-02T09:45:00.000",
        MessageStatus.DELAYED,
        False,
        "DeliveryDelay/MailboxFull",
        (ADA,),
    ),
    "ses/subscription": ("Subscription", "2026-03-03T07:00:00.250", None, False, None, (ADA,)),
    "ses/unknown_type": ("Archived", "2026-03-04T00:00:01.999", None, False, None, (ADA,)),
    "sms/text_queued": ("TEXT_QUEUED", TEXT_AT, SENT, False, None, (PHONE,)),
    "sms/text_pending": ("TEXT_PENDING", TEXT_AT, SENT, False, None, (PHONE,)),
    "sms/text_sent": ("TEXT_SENT", TEXT_AT, SENT, False, None, (PHONE,)),
    "sms/text_successful": ("TEXT_SUCCESSFUL", TEXT_AT, SENT, False, None, (PHONE,)),
    "sms/text_successful_final": (
        "TEXT_SUCCESSFUL",
        TEXT_AT,
        DELIVERED,
        True,
        None,
        ("+46701740605",),
    ),
    "sms/text_delivered": ("TEXT_DELIVERED", TEXT_AT, DELIVERED, True, None, (PHONE,)),
    "sms/text_unknown": ("TEXT_UNKNOWN", TEXT_AT, SENT, True, None, (PHONE,)),
    "sms/text_future_type": ("TEXT_ROUTED", TEXT_AT, None, False, None, (PHONE,)),
    "sms/rcs_read": ("RCS_READ", TEXT_AT, None, True, None, (PHONE,)),
} | {
    f"sms/text_{kind.lower()}": (
        f"TEXT_{kind}",
        TEXT_AT,
        UNDELIVERED,
        True,
        f"TEXT_{kind}",
        (PHONE,),
    )
    for kind in (
        "INVALID",
        "INVALID_MESSAGE",
        "UNREACHABLE",
        "CARRIER_UNREACHABLE",
        "BLOCKED",
        "CARRIER_BLOCKED",
        "SPAM",
        "TTL_EXPIRED",
        "PROTECT_BLOCKED",
    )
}


def test_every_recorded_message_event_has_a_row() -> None:
    assert set(ROWS) == set(MESSAGE_NAMES)


def test_every_known_type_is_recorded() -> None:
    recorded = {parse(load(name)).event_type for name in MESSAGE_NAMES}

    assert recorded == set(EventType)


@pytest.mark.parametrize("name", MESSAGE_NAMES)
def test_a_recorded_event_is_read_into_its_row(name: str) -> None:
    type_name, at, status, is_final, cause, recipients = ROWS[name]

    event = parse(load(name))

    assert event.type_name == type_name
    assert event.occurred_at == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert (event.status, event.is_final, event.cause) == (status, is_final, cause)
    assert event.recipients == recipients
    assert event.channel is (Channel.EMAIL if name.startswith("ses/") else Channel.TEXT)


@pytest.mark.parametrize("name", MESSAGE_NAMES)
def test_a_recorded_event_finds_its_message_by_our_ids(name: str) -> None:
    event = parse(load(name))

    carries_no_tags = re.search("foreign|identity", name) is not None
    expected = None if carries_no_tags else UUID("0198f0c2-6a11-7c3e-9b42-5d1e8f3a7001")
    assert event.message_id == expected
    assert (event.attempt_id is None) == carries_no_tags
    assert event.provider_message_id is not None


@pytest.mark.parametrize("name", MESSAGE_NAMES)
def test_only_a_type_outside_the_vocabulary_is_unknown(name: str) -> None:
    event = parse(load(name))

    known = event.type_name in [event_type.value for event_type in EventType]
    assert event.event_type == (event.type_name if known else EventType.UNKNOWN)
