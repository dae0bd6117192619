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


def plant(stack: RunningStack) -> set[str]:
    """Put wrong what can be put wrong here; return what the doctor calls each."""
    outputs = stack.stack.outputs
    set_name, sender = outputs["EmailConfigurationSet"], outputs["SenderFunction"]
    queue_url, bucket = outputs["EmailBulkQueueUrl"], outputs["ArchiveBucket"]
    lambdas, ses = client(stack, "lambda"), client(stack, "sesv2")
    resources = client(stack, "cloudformation").list_stack_resources(
        StackName="message-tracker-local"
    )["StackResourceSummaries"]
    names = {one["ResourceType"]: one["PhysicalResourceId"] for one in resources}

    [mapping, *_] = lambdas.list_event_source_mappings(FunctionName=sender)["EventSourceMappings"]
    lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    lambdas.put_function_concurrency(
        FunctionName=outputs["InventoryFunction"], ReservedConcurrentExecutions=0
    )
    for destination in ses.get_configuration_set_event_destinations(ConfigurationSetName=set_name)[
        "EventDestinations"
    ]:
        ses.update_configuration_set_event_destination(
            ConfigurationSetName=set_name,
            EventDestinationName=destination.pop("Name"),
            EventDestination=destination | {"Enabled": False},
        )
    ses.put_account_sending_attributes(SendingEnabled=False)
    ses.put_configuration_set_sending_options(ConfigurationSetName=set_name, SendingEnabled=False)
    client(stack, "pinpoint-sms-voice-v2").update_event_destination(
        ConfigurationSetName=outputs["TextConfigurationSet"],
        EventDestinationName="archive",
        MatchingEventTypes=["TEXT_SENT"],
    )
    client(stack, "s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={}
    )
    client(stack, "events").disable_rule(Name=names["AWS::Events::Rule"])
    client(stack, "sqs").set_queue_attributes(QueueUrl=queue_url, Attributes={"RedrivePolicy": ""})
    return {
        f"mapping of queue {mapping['EventSourceArn'].rpartition(':')[2]}",
        f"function {outputs['InventoryFunction']}",
        "SES events to Firehose",
        "SES events to EventBridge",
        "SES sending",
        f"SES set {set_name}",
        "SMS events to Firehose",
        "archive notifications",
        f"rule {names['AWS::Events::Rule']}",
        f"queue {queue_url.rpartition('/')[2]}",
    }


def test_what_is_planted_is_found_and_the_printed_commands_mend_it(stack: RunningStack) -> None:
    planted = plant(stack)

    code, findings = doctor()
    for one in findings:
        call = one["call"]
        getattr(client(stack, call["service"]), operation(call))(**call["parameters"])

    assert 2 == code
    assert planted == {one["subject"] for one in findings}
    assert (0, []) == doctor()
