"""Every function runs under its own role: a grant that the template lacks is missed, and named."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from message_tracker.local.clients import client_options
from message_tracker.local.deployer import deploy
from tests.running_stack import RunningStack, wait_for

TEMPLATE = "MessageTracker.template.json"
Without = Callable[[str, str], None]


def strip(template: dict[str, Any], function: str, action: str) -> int:
    """Take `action` out of the policy of a function's role; return from how many statements."""
    found = 0
    for logical_id, resource in template["Resources"].items():
        if not logical_id.startswith(f"{function}RoleDefaultPolicy"):
            continue
        document = resource["Properties"]["PolicyDocument"]
        for statement in document["Statement"]:
            if action in statement["Action"]:
                listed = statement["Action"]
                actions = [listed] if isinstance(listed, str) else listed
                statement["Action"] = [each for each in actions if each != action]
                found += 1
        document["Statement"] = [each for each in document["Statement"] if each["Action"]]
    return found


@pytest.fixture
def without(stack: RunningStack, tmp_path: Path) -> Iterator[Without]:
    """Deploys the stack's own template less one grant; deploys it whole again at the end."""
    url, assembly = stack.stack.emulator.endpoint_url, stack.stack.assembly

    def deploy_without(function: str, action: str) -> None:
        changed = Path(shutil.copytree(assembly, tmp_path / "assembly")) / TEMPLATE
        template = json.loads(changed.read_text())
        assert strip(template, function, action)
        changed.write_text(json.dumps(template))
        deploy(changed.parent, url)

    yield deploy_without
    deploy(assembly, url)
    stack.stack.emulator.forget_denials()


def refusal(stack: RunningStack, action: str) -> str:
    """Wait until somebody was refused `action`; return what was told of it."""
    told = wait_for(
        stack.stack.emulator.denials, lambda seen: any(f" {action} " in each for each in seen)
    )
    [first, *_] = [each for each in told if f" {action} " in each]
    return first


def test_a_sender_that_may_not_lease_sends_nothing(stack: RunningStack, without: Without) -> None:
    without("Sender", "dynamodb:UpdateItem")

    sent = stack.send(message="Hello", to="+14254147755")

    denial = refusal(stack, "dynamodb:UpdateItem")
    assert "/message-tracker-local-sender is not authorized" in denial
    assert stack.stack.outputs["LimiterTable"] in denial
    assert "queued" == stack.message(sent["message_ids"][0])["status"]


def test_an_api_that_may_not_enqueue_keeps_what_it_accepted(
    stack: RunningStack, without: Without
) -> None:
    without("Api", "sqs:SendMessage")

    sent = stack.send(message="Hello", to="+14254147755")

    assert "/message-tracker-local-api is not authorized" in refusal(stack, "sqs:SendMessage")
    assert "queued" == stack.message(sent["message_ids"][0])["status"]


def test_a_reporter_that_may_not_send_fails(stack: RunningStack, without: Without) -> None:
    lambdas = boto3.client("lambda", **client_options(stack.stack.emulator.endpoint_url))
    without("Reporter", "ses:SendEmail")

    period = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
    answer = lambdas.invoke(
        FunctionName=stack.stack.outputs["ReporterFunction"],
        Payload=json.dumps({"kind": "on_demand", "period": period}),
    )

    assert "FunctionError" in answer
    assert "identity/example.com" in refusal(stack, "ses:SendEmail")
