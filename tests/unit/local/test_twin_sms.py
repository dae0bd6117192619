import re
from typing import Any

import boto3
import phonenumbers
import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client

from message_tracker.local.clients import client_options
from message_tracker.local.twin import (
    LOCAL_CONFIGURATION_SET,
    Twin,
    TwinOptions,
    provider_twin,
    text_outcomes,
)
from message_tracker.local.twin.publication import Route
from message_tracker.local.twin.sms_events import DESCRIPTIONS
from message_tracker.local.twin.text_outcomes import BY_SIMULATOR_NUMBER, BY_SUFFIX, text_outcome
from tests.unit.local.list_sink import ListSink

SUCCESS = "+14254147755"
ANSWERED = sorted(
    suffix
    for suffix, outcome in BY_SUFFIX.items()
    if outcome.refusal is None and not outcome.loses_response
)
REFUSED = sorted(suffix for suffix, outcome in BY_SUFFIX.items() if outcome.refusal is not None)


def send(sms: PinpointSMSVoiceV2Client, to: str = SUCCESS, **changes: Any) -> str:  # noqa: ANN401 - members of the call
    call: dict[str, Any] = {
        "DestinationPhoneNumber": to,
        "OriginationIdentity": "+12065550152",
        "MessageBody": "Hello",
        "MessageType": "TRANSACTIONAL",
        "ConfigurationSetName": LOCAL_CONFIGURATION_SET,
        "Context": {"mt_id": "an-id"},
    }
    return sms.send_text_message(**(call | changes))["MessageId"]


def test_an_accepted_text_is_in_the_inbox_with_its_segments(
    twin: Twin, sms: PinpointSMSVoiceV2Client
) -> None:
    message_id = send(sms, MessageBody="ö" * 161, Context={"mt_id": "an-id", "mt_attempt": "b"})

    (text,) = twin.inbox.messages()
    assert text.provider_message_id == message_id
    assert text.recipients == (SUCCESS,)
    assert text.text == "ö" * 161
    assert text.segments == 2
    assert text.tags == {"mt_id": "an-id", "mt_attempt": "b"}


def test_a_number_without_its_plus_is_taken_as_aws_takes_it(
    twin: Twin, sms: PinpointSMSVoiceV2Client
) -> None:
    send(sms, SUCCESS.removeprefix("+"))

    assert twin.inbox.messages()[0].recipients == (SUCCESS,)


@pytest.mark.parametrize("suffix", ANSWERED)
def test_the_number_decides_the_events(
    suffix: str, twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink
) -> None:
    send(sms, f"+142555501{suffix}")
    assert twin.wait_until_quiet(5)

    facts = BY_SUFFIX[suffix].facts
    assert sink.types() == [fact.event_type for fact in facts]
    assert [e.bodies[r]["isFinal"] for r, e in sink.delivered if r is Route.STREAM] == [
        fact.is_final for fact in facts
    ]


@pytest.mark.parametrize(("number", "outcome"), BY_SIMULATOR_NUMBER.items())
def test_the_simulator_numbers_succeed_or_fail_finally(
    number: str, outcome: text_outcomes.TextOutcome
) -> None:
    assert phonenumbers.is_valid_number(phonenumbers.parse(number))
    assert [fact.is_final for fact in outcome.facts][-1]
    assert outcome.facts[-1].event_type in {"TEXT_DELIVERED", "TEXT_CARRIER_UNREACHABLE"}


@pytest.mark.parametrize("area_code", ["206", "425", "312", "415"])
@pytest.mark.parametrize("suffix", BY_SUFFIX)
def test_our_numbers_are_valid_in_any_area(area_code: str, suffix: str) -> None:
    number = f"+1{area_code}55501{suffix}"

    assert phonenumbers.is_valid_number(phonenumbers.parse(number))
    assert text_outcome(number) is BY_SUFFIX[suffix]


def test_any_other_number_gets_its_text() -> None:
    facts = text_outcome("+4915112345678").facts

    assert [fact.event_type for fact in facts] == [
        "TEXT_QUEUED",
        "TEXT_SUCCESSFUL",
        "TEXT_DELIVERED",
    ]


def test_every_text_event_type_of_aws_can_be_had(sms: PinpointSMSVoiceV2Client) -> None:
    named = set(sms.meta.service_model.shape_for("EventType").metadata["enum"])
    ours = {fact.event_type for outcome in BY_SUFFIX.values() for fact in outcome.facts}

    # "The TEXT_SENT event type is not supported", and TEXT_ALL is only a subscription.
    assert ours == {name for name in named if name.startswith("TEXT_")} - {"TEXT_SENT", "TEXT_ALL"}
    assert set(DESCRIPTIONS) == ours


def test_the_documentation_lists_every_number() -> None:
    documented = set(re.findall(r"\| (\d\d) \|", text_outcomes.__doc__ or ""))

    assert documented == set(BY_SUFFIX)


def test_the_streams_event_has_the_documented_fields(
    twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink
) -> None:
    message_id = send(sms, MessageBody="Привет " * 12)
    assert twin.wait_until_quiet(5)

    (_, event) = next(each for each in sink.delivered if each[0] is Route.STREAM)
    body = event.bodies[Route.STREAM]
    assert body == {
        "eventType": "TEXT_QUEUED",
        "eventVersion": "1.0",
        "eventTimestamp": body["eventTimestamp"],
        "isFinal": False,
        "originationPhoneNumber": "+12065550152",
        "destinationPhoneNumber": SUCCESS,
        "isoCountryCode": "US",
        "isInternationalSend": False,
        "messageId": message_id,
        "messageRequestTimestamp": body["messageRequestTimestamp"],
        "messageEncoding": "Unicode",
        "messageType": "TRANSACTIONAL",
        "messageStatus": "QUEUED",
        "messageStatusDescription": "Message has been queued for delivery",
        "context": {"mt_id": "an-id"},
        "totalMessageParts": 2,
        "totalMessagePrice": 0.01162,
        "totalCarrierFee": 0.00604,
    }
    assert body["eventTimestamp"] - body["messageRequestTimestamp"] == 10


def test_the_bus_event_has_neither_number_nor_context(
    twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink
) -> None:
    send(sms)
    assert twin.wait_until_quiet(5)

    for route, event in sink.delivered:
        stream, bus = event.bodies[Route.STREAM], event.bodies[Route.BUS]
        assert set(stream) - set(bus) == {"destinationPhoneNumber", "context"}
        assert route in event.bodies


def test_the_bus_gets_events_without_a_configuration_set_and_the_stream_none(
    twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink
) -> None:
    sms.send_text_message(DestinationPhoneNumber=SUCCESS, MessageBody="Hello")
    assert twin.wait_until_quiet(5)

    assert sink.types(Route.STREAM) == []
    assert sink.types(Route.BUS) == ["TEXT_QUEUED", "TEXT_SUCCESSFUL", "TEXT_DELIVERED"]


@pytest.mark.parametrize("how", ["off", "gone", "of other types"])
def test_the_stream_gets_only_what_a_destination_gets(
    twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink, how: str
) -> None:
    destination: dict[str, Any] = {
        "ConfigurationSetName": LOCAL_CONFIGURATION_SET,
        "EventDestinationName": "archive",
    }
    if how == "gone":
        sms.delete_event_destination(**destination)
    elif how == "off":
        sms.update_event_destination(**destination, Enabled=False)
    else:
        sms.update_event_destination(**destination, MatchingEventTypes=["TEXT_DELIVERED"])

    send(sms)
    assert twin.wait_until_quiet(5)

    assert (["TEXT_DELIVERED"] if how == "of other types" else []) == sink.types(Route.STREAM)
    assert ["TEXT_QUEUED", "TEXT_SUCCESSFUL", "TEXT_DELIVERED"] == sink.types(Route.BUS)


def test_the_bus_can_be_switched_off() -> None:
    sink = ListSink()
    options = TwinOptions(texts_on_the_bus=False, first_event_after=0, outcome_after=0)

    with provider_twin(sink=sink, options=options) as twin:
        client = boto3.client("pinpoint-sms-voice-v2", **client_options(twin.url))
        send(client)
        assert twin.wait_until_quiet(5)
        client.close()

    assert sink.types(Route.BUS) == []
    assert len(sink.types(Route.STREAM)) == 3


@pytest.mark.parametrize("suffix", REFUSED)
def test_a_number_may_have_the_call_refused_with_its_reason(
    suffix: str, twin: Twin, sms: PinpointSMSVoiceV2Client
) -> None:
    refusal = BY_SUFFIX[suffix].refusal
    assert refusal is not None

    with pytest.raises(ClientError) as refused:
        send(sms, f"+142555501{suffix}")

    assert refused.value.response["Error"]["Code"] == refusal.code
    assert refused.value.response.get("Reason") == refusal.reason
    assert twin.inbox.messages() == []


def test_reasons_are_those_of_the_service_model(sms: PinpointSMSVoiceV2Client) -> None:
    model = sms.meta.service_model
    refusals = [outcome.refusal for outcome in BY_SUFFIX.values() if outcome.refusal is not None]

    for code, reason in refusals:
        if reason is not None:
            assert reason in model.shape_for(f"{code}Reason").metadata["enum"]


@pytest.mark.parametrize(
    ("changes", "code", "reason", "named"),
    [
        ({"DestinationPhoneNumber": "abc"}, "ValidationException", "FIELD_VALIDATION_FAILED", "De"),
        ({"DestinationPhoneNumber": "+999"}, "ValidationException", "CANNOT_PARSE", "Destination"),
        ({"MessageBody": " "}, "ValidationException", "FIELD_VALIDATION_FAILED", "MessageBody"),
        ({"MessageBody": "x" * 1601}, "ValidationException", "FIELD_VALIDATION_FAILED", "1600"),
        ({"MessageType": "URGENT"}, "ValidationException", "FIELD_VALIDATION_FAILED", "MessageT"),
        ({"TimeToLive": 259_201}, "ValidationException", "FIELD_VALIDATION_FAILED", "TimeToLive"),
        (
            {"Context": {str(n): "x" for n in range(6)}},
            "ValidationException",
            "FIELD_VALIDATION_FAILED",
            "Context has 6",
        ),
        (
            {"Context": {"a b": "1"}},
            "ValidationException",
            "FIELD_VALIDATION_FAILED",
            "Context keys",
        ),
        ({"ConfigurationSetName": "other"}, "ResourceNotFoundException", None, "set other does"),
    ],
)
def test_what_aws_refuses_is_refused(
    changes: dict[str, Any],
    code: str,
    reason: str | None,
    named: str,
    twin: Twin,
    sms: PinpointSMSVoiceV2Client,
) -> None:
    with pytest.raises(ClientError, match=re.escape(named)) as refused:
        send(sms, **changes)

    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response.get("Reason") == reason
    assert twin.inbox.messages() == []


def test_a_number_may_lose_the_answer_of_a_text_that_was_accepted(
    twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink
) -> None:
    with pytest.raises(ConnectionClosedError):
        send(sms, "+14255550131")

    assert twin.wait_until_quiet(5)
    assert len(twin.inbox.messages()) == 1
    assert sink.types()[-1] == "TEXT_DELIVERED"


def test_an_operation_the_twin_does_not_have_is_refused(sms: PinpointSMSVoiceV2Client) -> None:
    with pytest.raises(ClientError, match="the twin has no DescribePools"):
        sms.describe_pools()
