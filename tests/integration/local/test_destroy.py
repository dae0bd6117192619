"""What a destroyed stage leaves: its data, until somebody says that it may go."""

import json
from pathlib import Path
from typing import Any, Final

import boto3
import pytest

from infra.cdk_cli import DeploymentFailed
from infra.destroy import remove, told
from infra.leftovers import Leftover, leftovers, stack_exists
from message_tracker.local.clients import REGION
from message_tracker.local.emulator import Emulator

STACK = "data-of-prod"
SOON: Final[Any] = {"Delay": 1, "MaxAttempts": 30}
SNAPSHOT = Path(__file__).parents[2] / "infra" / "snapshots" / "prod.template.json"
KEPT = {
    "AWS::S3::Bucket",
    "AWS::DynamoDB::GlobalTable",
    "AWS::SecretsManager::Secret",
}


def data_of_prod() -> dict[str, Any]:
    """Return a template of what holds data in the one of prod, and of a queue, which does not."""
    resources = json.loads(SNAPSHOT.read_text())["Resources"]
    held = {key: each for key, each in resources.items() if each["Type"] in KEPT}
    return {"Resources": held | {"Queue": {"Type": "AWS::SQS::Queue"}}}


@pytest.fixture
def deployed(aws: Emulator, monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """The stack on the emulator, the AWS of this test's environment; data in its bucket."""
    for name, value in {
        "AWS_ENDPOINT_URL": aws.endpoint_url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    cloudformation = boto3.client("cloudformation")
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(data_of_prod()))
    cloudformation.get_waiter("stack_create_complete").wait(StackName=STACK, WaiterConfig=SOON)
    [bucket] = [each for each in leftovers(STACK) if each.resource_type == "AWS::S3::Bucket"]
    for body in (b"first", b"second"):
        boto3.client("s3").put_object(Bucket=bucket.physical_id, Key="events/a", Body=body)
    return aws


def delete_stack() -> None:
    cloudformation = boto3.client("cloudformation")
    cloudformation.delete_stack(StackName=STACK)
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=STACK, WaiterConfig=SOON)


def test_data_outlives_its_stack_until_its_deletion_is_asked_for(deployed: Emulator) -> None:
    left = remove(STACK, delete_stack, deletes_data=False)

    assert not stack_exists(STACK)
    assert {each.resource_type for each in left} == KEPT
    assert all(each.is_there() for each in left)
    assert all(each.physical_id in told(left) for each in left)
    assert all(each.delete() for each in left)
    assert not any(each.is_there() for each in left)


def test_data_goes_with_its_stack_when_that_is_asked_for(deployed: Emulator) -> None:
    before = leftovers(STACK)

    left = remove(STACK, delete_stack, deletes_data=True)

    assert before
    assert [] == left
    assert not any(each.is_there() for each in before)


def test_a_stack_that_was_not_removed_keeps_its_data(deployed: Emulator) -> None:
    with pytest.raises(DeploymentFailed, match="not removed"):
        remove(STACK, lambda: None, deletes_data=True)

    assert all(each.is_there() for each in leftovers(STACK))
    remove(STACK, delete_stack, deletes_data=True)


def test_a_type_that_nobody_taught_us_to_delete_is_left_and_named() -> None:
    left = Leftover("AWS::SES::EmailIdentity", "example.com")

    assert not left.delete()
    assert "example.com (AWS::SES::EmailIdentity)" in told([left])
