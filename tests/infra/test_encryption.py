"""What a stage keeps is encrypted by its key, and who handles it may use the key."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.infra.cloudformation import Template, as_list
from tests.infra.variants import KEY, Variant, with_value

# Where each kind of resource says by which key.
KEPT_IN = {
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::SecretsManager::Secret": ("KmsKeyId",),
    "AWS::KinesisFirehose::DeliveryStream": (
        "DeliveryStreamEncryptionConfigurationInput",
        "KeyARN",
    ),
    "AWS::S3::Bucket": (
        "BucketEncryption",
        "ServerSideEncryptionConfiguration",
        0,
        "ServerSideEncryptionByDefault",
        "KMSMasterKeyID",
    ),
    "AWS::DynamoDB::GlobalTable": ("Replicas", 0, "SSESpecification", "KMSMasterKeyId"),
}
# Who puts on a queue, and who takes from it (AWS: "Key management" of the SQS developer guide).
NEEDED = {"sqs:SendMessage": "kms:GenerateDataKey*", "sqs:ReceiveMessage": "kms:Decrypt"}


def key_of(template: Template) -> object:
    """Return the key of the stack as its resources refer to it."""
    made = list(template.of_type("AWS::KMS::Key"))
    return {"Fn::GetAtt": [made[0], "Arn"]} if made else KEY


def found_at(properties: Any, path: tuple[str | int, ...]) -> object:  # noqa: ANN401 - any resource
    """Return what stands there in a resource's properties."""
    for step in path:
        properties = properties[step]
    return properties


def actions_by_policy(template: Template) -> Iterator[set[str]]:
    """Yield what each policy allows."""
    for policy in template.of_type("AWS::IAM::Policy").values():
        yield {
            action
            for statement in policy["PolicyDocument"]["Statement"]
            for action in as_list(statement["Action"])
        }


@pytest.mark.parametrize("key", ["made", "given"])
@pytest.mark.parametrize("resource_type", KEPT_IN)
def test_all_that_is_kept_is_encrypted_by_the_key(
    variants: dict[str, Variant], key: str, resource_type: str
) -> None:
    for variant in with_value(variants, key=key):
        template = variant.template

        used = [
            found_at(properties, KEPT_IN[resource_type])
            for properties in template.of_type(resource_type).values()
        ]

        assert used
        assert all(one == key_of(template) for one in used)


@pytest.mark.parametrize("key", ["made", "given"])
@pytest.mark.parametrize("action", NEEDED)
def test_who_handles_messages_may_use_the_key(
    variants: dict[str, Variant], key: str, action: str
) -> None:
    for variant in with_value(variants, key=key):
        handling = [each for each in actions_by_policy(variant.template) if action in each]

        assert handling
        assert all(NEEDED[action] in each for each in handling)


def test_a_key_of_the_stacks_own_is_rotated_and_outlives_prod(
    variants: dict[str, Variant],
) -> None:
    for variant in with_value(variants, key="made", stage="prod"):
        (key,) = [
            resource
            for resource in variant.template.body["Resources"].values()
            if resource["Type"] == "AWS::KMS::Key"
        ]

        assert key["Properties"]["EnableKeyRotation"]
        assert key["DeletionPolicy"] == "Retain"


def test_services_use_the_key_for_this_account_alone(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, key="made"):
        (key,) = variant.template.of_type("AWS::KMS::Key").values()
        of_services = [
            statement
            for statement in key["KeyPolicy"]["Statement"]
            if "Service" in statement["Principal"]
        ]
        services = json.dumps([statement["Principal"]["Service"] for statement in of_services])

        assert all(
            name in services
            for name in ("cloudwatch.amazonaws.com", "events.amazonaws.com", "logs.", "sns.")
        )
        assert all("AWS::AccountId" in json.dumps(each["Condition"]) for each in of_services)


def test_without_a_key_aws_own_are_used(variants: dict[str, Variant]) -> None:
    for variant in with_value(variants, key="aws"):
        assert "kms:" not in json.dumps(variant.template.body)
        assert variant.template.of_type("AWS::KMS::Key") == {}
