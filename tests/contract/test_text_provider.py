from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from message_tracker.core.aws.clients import PROVIDER, text_client
from message_tracker.core.aws.sms import (
    MEANINGS,
    OPTED_OUT_REASON,
    REASONS,
    SmsTextProvider,
)
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import AttemptId, Kind, MessageId, OutboundText, Personal
from message_tracker.core.domain.outcome import (
    Accepted,
    ChannelFault,
    OptedOut,
    Outcome,
    Refused,
    Throttled,
    Unknown,
)
from message_tracker.core.ports import TextProvider
from tests.contract.provider_stub import Answer, ProviderStub, refusal
from tests.fakes import FakeTextProvider

if TYPE_CHECKING:
    from botocore.model import OperationModel
    from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client

IDENTITY = "+12065550100"
SET = "message-tracker-test"


def a_text(kind: Kind = Kind.TRANSACTIONAL) -> OutboundText:
    return OutboundText(
        message_id=MessageId(new_id()),
        attempt_id=AttemptId(new_id()),
        recipient=Personal("+14254147755"),
        body=Personal("Your code is 4711 👋"),
        kind=kind,
    )


@pytest.fixture
def client(provider: ProviderStub, monkeypatch: pytest.MonkeyPatch) -> "PinpointSMSVoiceV2Client":
    monkeypatch.setenv("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", provider.url)
    return boto3.client("pinpoint-sms-voice-v2", config=PROVIDER.merge(Config(read_timeout=0.3)))


@pytest.fixture(params=["fake", "sms"])
def text_provider(request: pytest.FixtureRequest) -> TextProvider:
    if request.param == "fake":
        return FakeTextProvider()
    return SmsTextProvider(request.getfixturevalue("client"), IDENTITY, SET)


@pytest.fixture
def send(client: "PinpointSMSVoiceV2Client") -> Callable[[], Outcome]:
    sms = SmsTextProvider(client, IDENTITY, SET)
    return lambda: sms.send(a_text())


@pytest.fixture
def operation() -> "OperationModel":
    return boto3.client("pinpoint-sms-voice-v2").meta.service_model.operation_model(
        "SendTextMessage"
    )


def test_an_accepted_text_is_named_by_the_provider(text_provider: TextProvider) -> None:
    outcome = text_provider.send(a_text())

    assert isinstance(outcome, Accepted)
    assert outcome.provider_message_id


@pytest.mark.parametrize(
    ("kind", "message_type"),
    [(Kind.TRANSACTIONAL, "TRANSACTIONAL"), (Kind.MARKETING, "PROMOTIONAL")],
)
def test_the_request_says_what_the_provider_has_to_know(
    provider: ProviderStub,
    client: "PinpointSMSVoiceV2Client",
    kind: Kind,
    message_type: str,
) -> None:
    text = a_text(kind)

    SmsTextProvider(client, IDENTITY, SET).send(text)

    [request] = provider.requests
    assert request.headers["X-Amz-Target"] == "PinpointSMSVoiceV2.SendTextMessage"
    assert request.body == {
        "DestinationPhoneNumber": "+14254147755",
        "OriginationIdentity": IDENTITY,
        "MessageBody": "Your code is 4711 👋",
        "MessageType": message_type,
        "ConfigurationSetName": SET,
        "Context": {"mt_id": str(text.message_id), "mt_attempt": str(text.attempt_id)},
    }


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal("ThrottlingException", Message="Rate exceeded"), Throttled("Rate exceeded")),
        (
            refusal(
                "ConflictException",
                Message="Opted out",
                Reason="DESTINATION_PHONE_NUMBER_OPTED_OUT",
            ),
            OptedOut("sms/DESTINATION_PHONE_NUMBER_OPTED_OUT", "Opted out"),
        ),
        (
            refusal("ConflictException", Reason="DESTINATION_PHONE_NUMBER_NOT_VERIFIED"),
            Refused("sms/DESTINATION_PHONE_NUMBER_NOT_VERIFIED", "", permanent=False),
        ),
        (
            refusal("ConflictException", Reason="NO_ORIGINATION_IDENTITIES_FOUND"),
            ChannelFault("sms/NO_ORIGINATION_IDENTITIES_FOUND", ""),
        ),
        (
            refusal("ValidationException", Reason="DESTINATION_COUNTRY_BLOCKED"),
            Refused("sms/DESTINATION_COUNTRY_BLOCKED", "", permanent=True),
        ),
        (
            refusal("ValidationException", Reason="INVALID_ARN"),
            ChannelFault("sms/INVALID_ARN", ""),
        ),
        (
            refusal("ValidationException", Message="Bad"),
            Refused("sms/ValidationException", "Bad", permanent=True),
        ),
        (
            refusal("ServiceQuotaExceededException", Reason="MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
            ChannelFault("sms/MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT", ""),
        ),
        (
            refusal("AccessDeniedException", Reason="ACCOUNT_DISABLED"),
            ChannelFault("sms/ACCOUNT_DISABLED", ""),
        ),
        (
            refusal("ResourceNotFoundException", ResourceType="pool"),
            ChannelFault("sms/ResourceNotFoundException", ""),
        ),
        (
            refusal("AccessDeniedException", Message="not authorized"),
            ChannelFault("sms/AccessDeniedException", "not authorized"),
        ),
        (
            refusal("ServiceQuotaExceededException", Reason="DAILY_DESTINATION_CALL_LIMIT"),
            Refused("sms/DAILY_DESTINATION_CALL_LIMIT", "", permanent=False),
        ),
        (
            refusal("UnrecognizedClientException", Message="no such key"),
            ChannelFault("sms/UnrecognizedClientException", "no such key"),
        ),
        (refusal("Unheard"), Refused("sms/Unheard", "", permanent=False)),
        (
            refusal("InternalServerException", 500),
            Unknown("InternalServerException (HTTP 500)"),
        ),
        (
            refusal("InternalServerException", 400),
            Unknown("InternalServerException (HTTP 400)"),
        ),
        (Answer(status=None), Unknown("ConnectionClosedError")),
        (Answer(seconds=2), Unknown("ReadTimeoutError")),
    ],
    ids=str,
)
def test_whatever_the_provider_answers_is_an_outcome_of_one_call(
    provider: ProviderStub, send: Callable[[], Outcome], answer: Answer, expected: Outcome
) -> None:
    provider.answer = answer

    outcome = send()

    assert outcome == expected
    assert len(provider.requests) == 1


def test_every_error_that_send_text_message_models_has_its_place(
    operation: "OperationModel",
) -> None:
    assert set(MEANINGS) == {shape.name for shape in operation.error_shapes}


def test_every_reason_we_tell_apart_is_one_of_the_providers(operation: "OperationModel") -> None:
    shapes: list[Any] = list(operation.error_shapes)
    reasons = {
        shape.name: set(shape.members["Reason"].enum)
        for shape in shapes
        if "Reason" in shape.members
    }

    assert [] == [
        (error, reason)
        for error, told_apart in REASONS.items()
        for reason in {*told_apart} - reasons[error]
    ]
    assert OPTED_OUT_REASON in reasons["ConflictException"]


# None: a fault of the channel.
@pytest.mark.parametrize(
    ("error", "reason", "permanent"),
    [
        ("ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION", True),
        ("ConflictException", "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE", True),
        ("ConflictException", "RESOURCE_NOT_ACTIVE", None),
        ("ConflictException", "MESSAGE_TYPE_MISMATCH", None),
        ("ConflictException", "NUMBER_CAPABILITIES_MISMATCH", None),
        ("ConflictException", "EVENT_DESTINATION_MISMATCH", None),
        ("ValidationException", "PRICE_OVER_THRESHOLD", True),
        ("ValidationException", "COUNTRY_NOT_ENABLED", True),
        ("ValidationException", "CANNOT_PARSE", True),
        ("ValidationException", "INVALID_IDENTITY_FOR_DESTINATION_COUNTRY", True),
        ("ValidationException", "INTERNATIONAL_SENDING_NOT_SUPPORTED", True),
        ("ValidationException", "SENDER_ID_REQUIRES_REGISTRATION", True),
        ("ValidationException", "RESOURCE_NOT_ACCESSIBLE", None),
        ("AccessDeniedException", "INSUFFICIENT_ACCOUNT_REPUTATION", None),
    ],
)
def test_a_reason_is_of_the_message_for_ever_or_of_the_whole_channel(
    provider: ProviderStub,
    send: Callable[[], Outcome],
    error: str,
    reason: str,
    *,
    permanent: bool | None,
) -> None:
    provider.answer = refusal(error, Message="No", Reason=reason)

    outcome = send()

    cause = f"sms/{reason}"
    of_the_channel = ChannelFault(cause, "No")
    expected = of_the_channel if permanent is None else Refused(cause, "No", permanent=permanent)
    assert expected == outcome


def test_a_provider_that_cannot_be_reached_was_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", "http://127.0.0.1:1")

    outcome = SmsTextProvider(text_client(1), IDENTITY, SET).send(a_text())

    assert isinstance(outcome, Refused)
    assert (outcome.cause, outcome.permanent) == ("transport/EndpointConnectionError", False)
