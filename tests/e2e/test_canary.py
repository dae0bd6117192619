"""The canary at the running stack."""

import json

import pytest
from typer.testing import CliRunner

from message_tracker.cli.main import program
from message_tracker.local.twin.weather import Weather
from tests.running_stack import RunningStack


@pytest.fixture(autouse=True)
def environment(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in stack.stack.operator_environment.items():
        monkeypatch.setenv(name, value)


def test_both_arrive_and_the_times_are_told(stack: RunningStack) -> None:
    result = CliRunner().invoke(program, ["canary", "--json"])

    flights = json.loads(result.output)
    assert 0 == result.exit_code
    assert [("email", "delivered"), ("text", "delivered")] == [
        (each["channel"], each["status"]) for each in flights
    ]
    for each in flights:
        assert 0 <= each["sent_after"] <= each["delivered_after"]


def test_a_canary_whose_events_are_lost_fails(stack: RunningStack) -> None:
    stack.stack.twin.weather = Weather(seed=1, drop=1.0)

    result = CliRunner().invoke(program, ["canary", "--channel", "text", "--within", "3"])

    assert 1 == result.exit_code
    assert "no event in time" in result.output


def test_the_scheduled_canary_arrives_by_a_key_of_its_own(stack: RunningStack) -> None:
    flights = stack.invoke("CanaryFunction")["flights"]

    assert {"email": "delivered", "text": "delivered"} == {
        each["channel"]: each["status"] for each in flights
    }
    assert stack.message(flights[0]["message_id"])["is_test"]
