"""A provider's own list: the adapters against the twin, and the fake, behave alike."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from message_tracker.core.aws.clients import GLANCE
from message_tracker.core.aws.suppression_lists import SesSuppressionList, SmsOptOutList
from message_tracker.core.domain.errors import PermanentError, Unavailable
from message_tracker.core.domain.suppression import SuppressionReason
from message_tracker.core.ports import SuppressionList
from message_tracker.local.clients import client_options
from message_tracker.local.twin import provider_twin
from tests.contract.provider_stub import Answer, ProviderStub, refusal
from tests.fakes import FakeSuppressionList

EMAIL, NUMBER = "someone+news@example.com", "+12065550142"
Case = tuple[SuppressionList, str, SuppressionReason]


@pytest.fixture(params=["ses", "sms", "fake"])
def case(request: pytest.FixtureRequest) -> Iterator[Case]:
    """Each list with an address for it and the reason it gives."""
    if request.param == "fake":
        reason = SuppressionReason.BOUNCE
        yield FakeSuppressionList(reason), EMAIL, reason
        return
    with provider_twin() as twin:
        options = client_options(twin.url)
        if request.param == "ses":
            with closing(boto3.client("sesv2", **options)) as ses:
                yield SesSuppressionList(ses), EMAIL, SuppressionReason.BOUNCE
        else:
            with closing(boto3.client("pinpoint-sms-voice-v2", **options)) as sms:
                yield SmsOptOutList(sms, "Default"), NUMBER, SuppressionReason.OPT_OUT


def test_what_was_put_on_the_list_is_found_there(case: Case) -> None:
    own, address, reason = case

    own.add(address)
    own.add(address)

    entry = own.find(address)
    assert entry is not None
    assert (address, reason) == (entry.address, entry.reason)
    assert timedelta(minutes=1) > abs(datetime.now(UTC) - entry.since)
    assert [address] == [each.address for page in own.pages() for each in page]


def test_what_was_taken_off_the_list_is_gone_and_may_be_taken_off_again(case: Case) -> None:
    own, address, _ = case
    own.add(address)

    own.remove(address)
    own.remove(address)

    assert own.find(address) is None
    assert [] == [each for page in own.pages() for each in page]


def sms_list(provider: ProviderStub) -> SmsOptOutList:
    client = boto3.client("pinpoint-sms-voice-v2", endpoint_url=provider.url, config=GLANCE)
    return SmsOptOutList(client, "Default")


def test_a_list_that_does_not_exist_is_not_taken_for_an_address_that_is_not_on_it(
    provider: ProviderStub,
) -> None:
    provider.answer = refusal("ResourceNotFoundException", ResourceType="opt-out-list")

    with pytest.raises(PermanentError, match="opt-out list of SMS: ResourceNotFoundException"):
        sms_list(provider).find(NUMBER)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        pytest.param("ThrottlingException", Unavailable, id="too-fast"),
        pytest.param("ConflictException", PermanentError, id="not-within-30-days"),
    ],
)
def test_a_refusal_names_its_code_and_nobody(
    provider: ProviderStub, code: str, error: type[Exception]
) -> None:
    provider.answer = Answer(400, {"__type": code, "message": f"about {NUMBER}"})

    with pytest.raises(error, match=code) as caught:
        sms_list(provider).add(NUMBER)

    assert NUMBER not in str(caught.value)
