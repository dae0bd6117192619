"""What the twin publishes is what the product reads: the same event by either route."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import DeliveryEvent, EventType
from message_tracker.core.domain.message import Channel
from message_tracker.local.twin.accepted import Accepted
from message_tracker.local.twin.account import _entry, _record
from message_tracker.local.twin.email_outcomes import BY_LOCAL_PART
from message_tracker.local.twin.publication import ProviderEvent
from message_tracker.local.twin.ses_events import ses_events
from message_tracker.local.twin.sms_events import sms_events
from message_tracker.local.twin.text_outcomes import BY_SIMULATOR_NUMBER, BY_SUFFIX

START = datetime(2026, 1, 1, microsecond=123_456, tzinfo=UTC)
MESSAGE_ID = UUID("01939b7c-7f2e-7a51-9c1d-2f8e6a5b4c3d")
ADDRESSES = [f"{local_part}@example.com" for local_part in BY_LOCAL_PART]
NUMBERS = [*BY_SIMULATOR_NUMBER, *(f"+142555501{suffix}" for suffix in BY_SUFFIX)]


def an_accepted(channel: Channel, recipient: str) -> Accepted:
    return Accepted(
        channel=channel,
        provider_message_id="010001939b7c7f2e-5b0bfbd5-5a2c-4b3f-8a53-6f3d4d2f0f3c-000000",
        accepted_at=START,
        sender="Team <team@example.com>" if channel is Channel.EMAIL else "+12065550152",
        recipients=(recipient,),
        text="Hello",
        tags={"mt_id": str(MESSAGE_ID)},
        configuration_set="message-tracker-local",
        segments=1,
        message_type="TRANSACTIONAL",
    )


def events_of(recipient: str) -> Iterator[ProviderEvent]:
    if "@" in recipient:
        email = an_accepted(Channel.EMAIL, recipient)
        return ses_events(email, send_after=0.05, outcome_after=0.3)
    text = an_accepted(Channel.TEXT, recipient)
    return sms_events(text, queued_after=0.05, outcome_after=0.3)


def by_the_stream(event: ProviderEvent) -> DeliveryEvent:
    parsed = parse_event(_record(event))
    assert isinstance(parsed, DeliveryEvent)
    return parsed


def by_the_bus(event: ProviderEvent) -> DeliveryEvent:
    entry = _entry(event)
    envelope = {
        "version": "0",
        "id": "an-id",
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "time": "2026-01-01T00:00:00Z",
        "detail": json.loads(str(entry["Detail"])),
    }
    parsed = parse_event(json.dumps(envelope).encode())
    assert isinstance(parsed, DeliveryEvent)
    return parsed


@pytest.mark.parametrize("recipient", [*ADDRESSES, *NUMBERS])
def test_both_routes_tell_of_the_same_event(recipient: str) -> None:
    for event in events_of(recipient):
        stream, bus = by_the_stream(event), by_the_bus(event)

        assert stream.event_key == bus.event_key
        assert stream.type_name == bus.type_name == event.event_type
        assert stream.event_type is not EventType.UNKNOWN
        assert stream.status == bus.status
        assert stream.is_final == bus.is_final


@pytest.mark.parametrize("recipient", [*ADDRESSES, *NUMBERS])
def test_the_stream_names_our_message_and_whom_it_went_to(recipient: str) -> None:
    for event in events_of(recipient):
        parsed = by_the_stream(event)

        assert parsed.message_id == MESSAGE_ID
        assert parsed.recipients == (recipient,)


@pytest.mark.parametrize("recipient", [*ADDRESSES, *NUMBERS])
def test_the_events_of_a_message_are_told_apart_and_come_in_order(recipient: str) -> None:
    events = list(events_of(recipient))

    keys = {by_the_stream(event).event_key for event in events}
    times = [event.occurred_at for event in events]

    assert len(keys) == len(events)
    assert times == sorted(times)
    assert all(
        event.occurred_at - START == timedelta(seconds=event.after_seconds) for event in events
    )


def test_several_recipients_of_a_mail_have_events_of_their_own() -> None:
    recipients = ("bounce+one@example.com", "bounce+two@example.com")
    both = replace(an_accepted(Channel.EMAIL, recipients[0]), recipients=recipients)

    bounces = [
        by_the_stream(event)
        for event in ses_events(both, send_after=0, outcome_after=0.3)
        if event.event_type == "Bounce"
    ]

    assert {bounce.recipients for bounce in bounces} == {(each,) for each in recipients}
    assert len({bounce.event_key for bounce in bounces}) == 2
