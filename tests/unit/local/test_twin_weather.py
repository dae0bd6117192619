import json
import urllib.error
import urllib.request
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from types_boto3_pinpoint_sms_voice_v2 import PinpointSMSVoiceV2Client
from types_boto3_sesv2 import SESV2Client

from message_tracker.local.twin import LOCAL_CONFIGURATION_SET, Twin
from message_tracker.local.twin.publication import Route
from message_tracker.local.twin.weather import Weather
from tests.unit.local.list_sink import ListSink

names = st.lists(st.text(max_size=20) | st.integers(), max_size=4)


def send_text(sms: PinpointSMSVoiceV2Client, message_id: str = "an-id") -> None:
    sms.send_text_message(
        DestinationPhoneNumber="+14254147755",
        MessageBody="Hello",
        ConfigurationSetName=LOCAL_CONFIGURATION_SET,
        Context={"mt_id": message_id},
    )


def send_email(ses: SESV2Client) -> None:
    ses.send_email(
        FromEmailAddress="team@example.com",
        Destination={"ToAddresses": ["success@example.com"]},
        Content={"Simple": {"Subject": {"Data": "S"}, "Body": {"Text": {"Data": "T"}}}},
    )


def put_weather(twin: Twin, weather: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{twin.url}/weather", json.dumps(weather).encode(), method="PUT"
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310 - loopback
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


@given(st.integers(), names)
def test_a_throw_is_in_the_unit_interval_and_the_same_each_time(
    seed: int, name: list[object]
) -> None:
    first = Weather(seed=seed).throw(*name)

    assert 0 <= first < 1
    assert Weather(seed=seed, drop=1).throw(*name) == first


@given(st.integers())
def test_a_fraction_strikes_about_as_often_as_it_says(seed: int) -> None:
    weather = Weather(seed=seed)

    struck = sum(weather.strikes(0.25, "drop", number) for number in range(2000))

    assert 350 < struck < 650


def test_nothing_strikes_in_fair_weather_and_everything_at_one() -> None:
    weather = Weather()

    assert not any(weather.strikes(0.0, number) for number in range(100))
    assert all(weather.strikes(1.0, number) for number in range(100))


@pytest.mark.parametrize("wrong", [{"drop": 1.1}, {"throttle": -0.1}, {"rain": 1}])
def test_weather_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Weather(**wrong)


def test_weather_is_changed_over_http(twin: Twin) -> None:
    status, answer = put_weather(twin, {"seed": 7, "drop": 0.5})

    assert status == 200
    assert answer["drop"] == 0.5
    assert twin.weather == Weather(seed=7, drop=0.5)


def test_a_fault_in_the_weather_names_its_field_and_changes_nothing(twin: Twin) -> None:
    status, answer = put_weather(twin, {"drop": 2})

    assert status == 400
    assert [fault["field"] for fault in answer["faults"]] == ["drop"]
    assert twin.weather == Weather()


def test_throttled_calls_are_answered_as_each_provider_does(
    twin: Twin, ses: SESV2Client, sms: PinpointSMSVoiceV2Client
) -> None:
    twin.weather = Weather(throttle=1)

    with pytest.raises(ses.exceptions.TooManyRequestsException):
        send_email(ses)
    with pytest.raises(sms.exceptions.ThrottlingException):
        send_text(sms)

    assert twin.inbox.messages() == []


def test_failed_calls_are_5xx_and_nothing_is_accepted(
    twin: Twin, ses: SESV2Client, sms: PinpointSMSVoiceV2Client
) -> None:
    twin.weather = Weather(fail=1)

    with pytest.raises(ClientError) as email_failure:
        send_email(ses)
    with pytest.raises(sms.exceptions.InternalServerException) as text_failure:
        send_text(sms)

    for failure in (email_failure, text_failure):
        assert failure.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert twin.inbox.messages() == []


def test_a_lost_response_closes_the_connection_after_the_message_was_accepted(
    twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink
) -> None:
    twin.weather = Weather(lose_response=1)

    with pytest.raises(ConnectionClosedError):
        send_text(sms)

    assert twin.wait_until_quiet(5)
    assert len(twin.inbox.messages()) == 1
    assert "TEXT_DELIVERED" in sink.types()


def test_a_retry_of_the_same_message_meets_other_weather(
    twin: Twin, sms: PinpointSMSVoiceV2Client
) -> None:
    twin.weather = Weather(throttle=0.5)
    answers = []

    for _ in range(20):
        try:
            send_text(sms)
            answers.append("accepted")
        except sms.exceptions.ThrottlingException:
            answers.append("throttled")

    assert set(answers) == {"accepted", "throttled"}


def test_dropped_events_come_by_no_route(
    twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink
) -> None:
    twin.weather = Weather(drop=1)

    send_text(sms)

    assert twin.wait_until_quiet(5)
    assert sink.delivered == []
    assert len(twin.inbox.messages()) == 1


def test_doubled_events_come_twice_by_each_route(
    twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink
) -> None:
    twin.weather = Weather(double=1, reorder_seconds=0.05)

    send_text(sms)

    assert twin.wait_until_quiet(5)
    for route in Route:
        assert sorted(sink.types(route)) == sorted(
            2 * ["TEXT_QUEUED", "TEXT_SUCCESSFUL", "TEXT_DELIVERED"]
        )


def test_reordered_events_come_all_but_out_of_order(
    twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink
) -> None:
    twin.weather = Weather(reorder=1, reorder_seconds=0.5)

    for number in range(5):
        send_text(sms, str(number))

    assert twin.wait_until_quiet(5)
    by_message = [
        [e.event_type for r, e in sink.delivered if r is Route.STREAM and e.message_id == str(n)]
        for n in range(5)
    ]
    in_order = ["TEXT_QUEUED", "TEXT_SUCCESSFUL", "TEXT_DELIVERED"]
    assert all(sorted(types) == sorted(in_order) for types in by_message)
    assert any(types != in_order for types in by_message)


def test_delayed_events_come_later(
    twin: Twin, sms: PinpointSMSVoiceV2Client, sink: ListSink
) -> None:
    twin.weather = Weather(delay_seconds=0.3)

    send_text(sms)

    assert not twin.wait_until_quiet(0.2)
    assert twin.wait_until_quiet(5)
    assert len(sink.types()) == 3
