"""What outlives a deleted stack because it holds data, and its removal where that is wanted.

CloudFormation leaves a resource alone whose `DeletionPolicy` is `Retain`; its own list of what it
left is hard to find, so it is read before the stack is deleted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import boto3
from botocore.exceptions import ClientError

_KEPT = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
# A stream of a log group goes with its group, which the stack deletes.
_GOES_WITH_ANOTHER = frozenset({"AWS::Logs::LogStream"})
_GONE = frozenset({"404", "ResourceNotFoundException", "InvalidRequestException"})


@dataclass(frozen=True, slots=True)
class Leftover:
    """A resource that a deleted stack leaves: its CloudFormation type and its name in AWS."""

    resource_type: str
    physical_id: str

    def __str__(self) -> str:
        return f"{self.physical_id} ({self.resource_type})"

    def is_there(self) -> bool:
        """Return whether the resource exists; taken for granted of a type that we do not delete."""
        try:
            match self.resource_type:
                case "AWS::S3::Bucket":
                    boto3.client("s3").head_bucket(Bucket=self.physical_id)
                case "AWS::DynamoDB::GlobalTable":
                    boto3.client("dynamodb").describe_table(TableName=self.physical_id)
                case "AWS::SecretsManager::Secret":
                    boto3.client("secretsmanager").describe_secret(SecretId=self.physical_id)
                case _:
                    return True
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return False
            raise
        return True

    def delete(self) -> bool:
        """Delete the resource and all that it holds; return whether it is of a type we delete."""
        match self.resource_type:
            case "AWS::S3::Bucket":
                _delete_bucket(self.physical_id)
            case "AWS::DynamoDB::GlobalTable":
                _delete_table(self.physical_id)
            case "AWS::SecretsManager::Secret":
                boto3.client("secretsmanager").delete_secret(
                    SecretId=self.physical_id, ForceDeleteWithoutRecovery=True
                )
            case _:
                return False
        return True


def leftovers(stack_name: str) -> Sequence[Leftover]:
    """Return what the stack would leave if it were deleted now; nothing if there is no stack."""
    if not stack_exists(stack_name):
        return ()
    cloudformation = boto3.client("cloudformation")
    template = cloudformation.get_template(StackName=stack_name)["TemplateBody"]
    kept = {
        logical_id
        for logical_id, resource in template["Resources"].items()
        if resource.get("DeletionPolicy") in _KEPT and resource["Type"] not in _GOES_WITH_ANOTHER
    }
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack_name)
    return [
        Leftover(found["ResourceType"], found["PhysicalResourceId"])
        for page in pages
        for found in page["StackResourceSummaries"]
        if found["LogicalResourceId"] in kept
    ]


def stack_exists(stack_name: str) -> bool:
    """Return whether there is a stack of this name."""
    try:
        boto3.client("cloudformation").describe_stacks(StackName=stack_name)
    except ClientError as error:
        if "does not exist" in str(error):
            return False
        raise
    return True


def _delete_bucket(name: str) -> None:
    bucket = boto3.resource("s3").Bucket(name)
    bucket.object_versions.delete()  # what was never versioned has one too: `null`
    bucket.delete()


def _delete_table(name: str) -> None:
    dynamodb = boto3.client("dynamodb")
    dynamodb.update_table(TableName=name, DeletionProtectionEnabled=False)
    dynamodb.get_waiter("table_exists").wait(TableName=name)
    dynamodb.delete_table(TableName=name)
