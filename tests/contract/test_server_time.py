"""Every answer says what time it is where it came from."""

import time
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from botocore.stub import Stubber

from message_tracker.core.aws import clients
from message_tracker.core.aws.server_time import learn_time
from message_tracker.core.domain.skew import Skew
from tests.contract.provider_stub import Answer, ProviderStub, refusal

if TYPE_CHECKING:
    from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client

SECOND = 1_000_000


@pytest.fixture
def client(provider: ProviderStub, monkeypatch: pytest.MonkeyPatch) -> "PinpointSMSVoiceV2Client":
    monkeypatch.setenv("AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2", provider.url)
    return clients.text_client(1)


def send(client: "PinpointSMSVoiceV2Client", hours: int) -> Skew:
    """Send by a clock that is so many hours fast, and return what was learned."""
    skew = Skew()
    learn_time(client, skew, lambda: time.time_ns() // 1000 + hours * 3600 * SECOND)
    client.send_text_message(DestinationPhoneNumber="+14255550100")
    return skew


@pytest.mark.parametrize("hours", [2, -2])
def test_an_answer_tells_how_far_the_clock_is_off(
    client: "PinpointSMSVoiceV2Client", hours: int
) -> None:
    skew = send(client, hours)

    assert abs(skew.shift + hours * 3600 * SECOND) <= 2 * SECOND


def test_an_answer_leaves_a_clock_that_is_right(client: "PinpointSMSVoiceV2Client") -> None:
    assert send(client, 0).shift == 0


def test_a_refusal_tells_the_time_too(
    client: "PinpointSMSVoiceV2Client", provider: ProviderStub
) -> None:
    provider.answer = refusal("ValidationException")
    skew = Skew()
    learn_time(client, skew, lambda: 0)

    with pytest.raises(ClientError):
        client.send_text_message(DestinationPhoneNumber="+14255550100")

    assert skew.shift > 1_700_000_000 * SECOND


def test_a_lost_answer_tells_nothing(
    client: "PinpointSMSVoiceV2Client", provider: ProviderStub
) -> None:
    provider.answer = Answer(status=None)
    skew = Skew()
    learn_time(client, skew, lambda: 0)

    with pytest.raises(BotoCoreError):
        client.send_text_message(DestinationPhoneNumber="+14255550100")

    assert skew.shift == 0


def test_an_answer_without_a_date_tells_nothing(client: "PinpointSMSVoiceV2Client") -> None:
    skew = Skew()
    learn_time(client, skew, lambda: 0)

    with Stubber(client) as stubber:
        stubber.add_response("send_text_message", {"MessageId": "1"})
        client.send_text_message(DestinationPhoneNumber="+14255550100")

    assert skew.shift == 0
