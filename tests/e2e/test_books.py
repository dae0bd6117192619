"""The books at the running stack: what the provider never tells of is found and named."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from message_tracker.cli.main import program
from message_tracker.local.clients import client_options
from tests.running_stack import RunningStack

TO = "success@simulator.amazonses.com"


@pytest.fixture(autouse=True)
def environment(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an operator of the local stack exports."""
    for name, value in stack.stack.operator_environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def silent_provider(stack: RunningStack) -> Iterator[None]:
    """Switch SES' event destinations off, one of them by deleting it; leave them as they were."""
    ses = boto3.client("sesv2", **client_options(stack.stack.twin.url))
    set_name = stack.stack.outputs["EmailConfigurationSet"]
    found = ses.get_configuration_set_event_destinations(ConfigurationSetName=set_name)
    destinations: dict[str, Any] = {
        one["Name"]: {key: value for key, value in one.items() if key != "Name"}
        for one in found["EventDestinations"]
    }
    deleted, disabled = destinations
    ses.delete_configuration_set_event_destination(
        ConfigurationSetName=set_name, EventDestinationName=deleted
    )
    ses.update_configuration_set_event_destination(
        ConfigurationSetName=set_name,
        EventDestinationName=disabled,
        EventDestination=destinations[disabled] | {"Enabled": False},
    )
    yield
    ses.create_configuration_set_event_destination(
        ConfigurationSetName=set_name,
        EventDestinationName=deleted,
        EventDestination=destinations[deleted],
    )
    ses.update_configuration_set_event_destination(
        ConfigurationSetName=set_name,
        EventDestinationName=disabled,
        EventDestination=destinations[disabled],
    )


@pytest.mark.usefixtures("silent_provider")
def test_a_send_without_events_is_found_and_named(stack: RunningStack) -> None:
    [message_id] = stack.send(to=TO, subject="Hello", text="Hello")["message_ids"]
    stack.ends(message_id, "sent")
    assert stack.stack.twin.wait_until_quiet(30)

    told = CliRunner().invoke(
        program, ["books", "--recent", "--no-cloudwatch", "--silent-after", "0", "--json"]
    )

    named = [
        each
        for finding in json.loads(told.output)["findings"]
        if (finding["kind"], finding["channel"]) == ("silent", "email")
        for each in finding["message_ids"]
    ]
    assert 1 == told.exit_code
    assert message_id in named
