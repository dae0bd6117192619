"""Reads the functions, the mappings that wake them, the queues and the secret."""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from message_tracker.core.aws.checkup.reading import is_absent
from message_tracker.core.domain.doctor.foundation import Secret
from message_tracker.core.domain.doctor.functions import Function, Mapping
from message_tracker.core.domain.doctor.queues import DurableQueue, QueueAttributes

if TYPE_CHECKING:
    from types_boto3_lambda import LambdaClient
    from types_boto3_secretsmanager import SecretsManagerClient
    from types_boto3_sqs import SQSClient


def function(client: "LambdaClient", name: str) -> Function:
    """Return a function's state."""
    configuration = client.get_function_configuration(FunctionName=name)
    concurrency = client.get_function_concurrency(FunctionName=name)
    reserved = concurrency.get("ReservedConcurrentExecutions")
    return Function.model_validate({**configuration, "Reserved": reserved})


def mappings(client: "LambdaClient", name: str) -> list[Mapping]:
    """Return a function's event source mappings."""
    pages = client.get_paginator("list_event_source_mappings").paginate(FunctionName=name)
    return [Mapping.model_validate(one) for page in pages for one in page["EventSourceMappings"]]


def queue(client: "SQSClient", url: str) -> DurableQueue:
    """Return a queue, with the dead-letter queue that is called after it."""
    attributes = QueueAttributes.model_validate(
        client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    )
    name = url.rpartition("/")[2]
    letters_url = f"{url}-dlq"
    return DurableQueue(name, url, attributes, letters_url, _letters(client, letters_url))


def _letters(client: "SQSClient", url: str) -> QueueAttributes | None:
    try:
        answer = client.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    except ClientError as error:
        if is_absent(error):
            return None
        raise
    return QueueAttributes.model_validate(answer["Attributes"])


def secret(client: "SecretsManagerClient", name: str) -> Secret:
    """Return a secret's state, not its value."""
    return Secret.model_validate(client.describe_secret(SecretId=name))
