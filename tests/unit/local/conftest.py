"""A provider twin whose events are kept in a list, and the AWS clients that talk to it."""

from collections.abc import Iterator

import boto3
import pytest
from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client
from types_boto3_sesv2 import SESV2Client

from message_tracker.local.clients import client_options
from message_tracker.local.twin import Twin, TwinOptions, provider_twin
from tests.unit.local.list_sink import ListSink


@pytest.fixture
def sink() -> ListSink:
    return ListSink()


@pytest.fixture
def twin(sink: ListSink) -> Iterator[Twin]:
    options = TwinOptions(first_event_after=0.01, outcome_after=0.02, max_send_rate=14)
    with provider_twin(sink=sink, options=options) as running:
        yield running


@pytest.fixture
def ses(twin: Twin) -> Iterator[SESV2Client]:
    client = boto3.client("sesv2", **client_options(twin.url))
    yield client
    client.close()


@pytest.fixture
def sms(twin: Twin) -> Iterator[PinpointSMSVoiceV2Client]:
    client = boto3.client("pinpoint-sms-voice-v2", **client_options(twin.url))
    yield client
    client.close()
