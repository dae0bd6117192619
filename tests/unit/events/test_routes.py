"""The same event is the same row, by whichever route it comes."""

import pytest

from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.stream import split_records
from tests.unit.events.records import (
    MESSAGE_NAMES,
    by_event_bridge,
    by_firehose,
    by_sns,
    load,
    parse,
    parse_account_event,
)


@pytest.mark.parametrize("name", MESSAGE_NAMES)
def test_firehose_event_bridge_and_sns_give_the_same_row(name: str) -> None:
    record = load(name)
    [(_, line)] = split_records(by_firehose(record))

    archived = parse_event(line)

    assert archived is not None
    assert parse_event(by_event_bridge(record)) == archived
    assert parse_event(by_sns(record)) == archived
    assert parse_event(by_sns({"source": "aws.ses", "detail": record})) == archived


@pytest.mark.parametrize(
    ("route", "direct"),
    [
        ("eventbridge/email_delivered", "ses/delivery"),
        ("sns/delivery", "ses/delivery"),
        ("sns/text_delivered", "sms/text_delivered"),
    ],
)
def test_a_recorded_envelope_gives_the_row_of_what_it_holds(route: str, direct: str) -> None:
    assert parse(load(route)) == parse(load(direct))


def test_a_text_event_by_event_bridge_has_the_same_key_and_knows_less() -> None:
    fast, archived = parse(load("eventbridge/text_delivered")), parse(load("sms/text_delivered"))

    assert fast.event_key == archived.event_key
    assert (fast.message_id, fast.recipients) == (None, ())
    assert (fast.status, fast.details) == (archived.status, archived.details)


@pytest.mark.parametrize("kind", ["bounce_permanent", "delivery"])
def test_an_identity_notification_has_the_key_of_the_published_event(kind: str) -> None:
    notified = parse(load(f"ses/identity_{kind.removesuffix('_permanent')}"))
    published = parse(load(f"ses/{kind}"))

    assert notified.event_key == published.event_key
    assert notified.details == published.details


def test_a_voice_event_is_kept_as_unknown() -> None:
    event = parse(load("eventbridge/voice_answered"))

    assert (event.event_type, event.type_name) == ("UNKNOWN", "VOICE_ANSWERED")
    assert event.status is None


@pytest.mark.parametrize(
    ("name", "detail_type", "fact"),
    [
        ("sending_status_disabled", "Sending Status Disabled", ("version", "1.0.0")),
        (
            "registration_status_change",
            "Registration Status Change",
            (
                "registrationDetails",
                '{"currentStatus":"REVIEWING","registrationId":"registration-77ab"}',
            ),
        ),
    ],
)
def test_news_of_the_account_is_an_account_event(
    name: str, detail_type: str, fact: tuple[str, str]
) -> None:
    event = parse_account_event(load(f"eventbridge/{name}"))

    assert event.detail_type == detail_type
    assert fact in event.detail.items()


def test_an_account_event_delivered_twice_keeps_its_key_with_and_without_an_id() -> None:
    envelope = load("eventbridge/sending_status_disabled")
    without_id = {name: value for name, value in envelope.items() if name != "id"}

    for one in (envelope, without_id):
        assert parse_account_event(one).event_key == parse_account_event(one).event_key


@pytest.mark.parametrize(
    "name", ["topic_validated", "subscription_confirmation", "identity_topic_subscribed"]
)
def test_what_a_topic_says_of_itself_is_no_event(name: str) -> None:
    assert parse_event(by_firehose(load(f"sns/{name}"))) is None


def test_plain_words_on_a_topic_are_an_account_event() -> None:
    envelope = {
        "Type": "Notification",
        "MessageId": "6d1f0c1e-0f3d-5f6b-9c55-52d3b6a0e2aa",
        "TopicArn": "arn:aws:sns:eu-west-1:111122223333:events",
        "Subject": "Maintenance",
        "Message": "We are back at noon.",
        "Timestamp": "2026-03-02T09:00:00.000Z",
    }

    event = parse_account_event(envelope)

    assert ("aws.sns", "Notification") == (event.source, event.detail_type)
    assert "We are back at noon." == event.detail["message"]
    assert parse_account_event({**envelope, "SignatureVersion": "2"}).event_key == event.event_key
