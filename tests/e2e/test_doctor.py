"""The doctor at the running stack: it finds what was put wrong, and what it prints mends it."""

import json
from collections.abc import Mapping
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner

from message_tracker.cli.main import program
from message_tracker.local.clients import client_options
from tests.running_stack import RunningStack

TWIN_SERVICES = frozenset({"sesv2", "pinpoint-sms-voice-v2"})


@pytest.fixture(autouse=True)
def environment(stack: RunningStack, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an operator of the local stack exports."""
    for name, value in stack.stack.operator_environment.items():
        monkeypatch.setenv(name, value)


def client(stack: RunningStack, service: str) -> Any:  # noqa: ANN401 - of any service
    running = stack.stack
    url = running.twin.url if service in TWIN_SERVICES else running.emulator.endpoint_url
    return boto3.client(service, **client_options(url))  # type: ignore[call-overload] # any name


def operation(call: Mapping[str, Any]) -> str:
    """Return boto3's method of a call: UpdateEventSourceMapping as update_event_source_mapping."""
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in call["operation"]).lstrip("_")


def doctor() -> tuple[int, list[dict[str, Any]]]:
    """Return the doctor's exit code, and what it does not pass."""
    result = CliRunner().invoke(program, ["doctor", "--strict", "--json"])
    findings = json.loads(result.output)["findings"]
    assert len(findings) > 50
    return result.exit_code, [one for one in findings if one["severity"] != "pass"]


def test_a_healthy_stack_passes(stack: RunningStack) -> None:
    assert (0, []) == doctor()


def test_what_is_planted_is_found_and_the_printed_commands_mend_it(stack: RunningStack) -> None:
    lambdas, ses = client(stack, "lambda"), client(stack, "sesv2")
    sender, name = stack.stack.outputs["SenderFunction"], stack.stack.outputs
    [mapping, *_] = lambdas.list_event_source_mappings(FunctionName=sender)["EventSourceMappings"]
    found = ses.get_configuration_set_event_destinations(
        ConfigurationSetName=name["EmailConfigurationSet"]
    )["EventDestinations"][0]
    lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    ses.update_configuration_set_event_destination(
        ConfigurationSetName=name["EmailConfigurationSet"],
        EventDestinationName=found.pop("Name"),
        EventDestination=found | {"Enabled": False},
    )

    code, findings = doctor()
    for one in findings:
        call = one["call"]
        getattr(client(stack, call["service"]), operation(call))(**call["parameters"])

    assert 2 == code
    queue = mapping["EventSourceArn"].rpartition(":")[2]
    assert {f"mapping of queue {queue}", "SES events to Firehose"} == {
        one["subject"] for one in findings
    }
    assert (0, []) == doctor()
