"""Reads what a stage consists of: its stack, and what its functions were configured with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING

from message_tracker.core.aws.checkup.clients import Clients

if TYPE_CHECKING:
    from types_boto3_cloudformation import CloudFormationClient

FUNCTIONS = (
    "Api",
    "Sender",
    "Sweeper",
    "EventProcessor",
    "Inventory",
    "Retention",
    "Analytics",
    "Reporter",
    "Canary",
    "DeadLetterReader",
    "WebhookDispatcher",
)
"""By the names of their outputs."""

QUEUES = ("Email", "EmailBulk", "Text", "TextBulk", "Events", "Webhooks")
"""By the names of their outputs; each has a dead-letter queue."""

OUTPUTS = frozenset(
    {
        "ArchiveBucket",
        "DatabaseSecret",
        "EmailConfigurationSet",
        "EmailEventsStream",
        "ReportConfigurationSet",
        "TextConfigurationSet",
        "TextEventsStream",
        *(f"{name}Function" for name in FUNCTIONS),
        *(f"{name}QueueUrl" for name in QUEUES),
    }
)
"""What the stack of this version tells; a test compares."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of the stack."""

    kind: str
    logical_id: str
    physical_id: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """A stage as it is deployed."""

    stage: str
    arn: str
    status: str
    outputs: Mapping[str, str]
    resources: Sequence[Resource]

    @property
    def lacking(self) -> Sequence[str]:
        """The outputs that the stack does not have, for it was made by another version."""
        return sorted(OUTPUTS - self.outputs.keys())

    def arn_of(self, service: str, resource: str) -> str:
        """Return the ARN of a resource beside the stack, in its account and region."""
        _, partition, _, region, account, _ = self.arn.split(":", 5)
        return f"arn:{partition}:{service}:{region}:{account}:{resource}"

    def of_kind(self, kind: str) -> list[str]:
        """Return the names of the resources of a type."""
        return [one.physical_id for one in self.resources if one.kind == kind]

    def role(self, logical_id: str) -> str | None:
        """Return the ARN of the role whose logical ID begins so; None where there is none."""
        name = next(
            (
                one.physical_id
                for one in self.resources
                if one.kind == "AWS::IAM::Role" and one.logical_id.startswith(logical_id)
            ),
            None,
        )
        partition, account = self.arn.split(":")[1], self.arn.split(":")[4]
        return name and f"arn:{partition}:iam::{account}:role/{name}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the stage was configured with, as its sender and its API have it."""

    email_from: str
    email_per_second: float
    text_origination: str
    text_per_second: float
    opt_out_list: str
    countries: Sequence[str]

    @property
    def identities(self) -> list[str]:
        """The address that mail is sent from, and its domain."""
        address = parseaddr(self.email_from)[1]
        return [address, address.rpartition("@")[2]]


def deployment(client: "CloudFormationClient", stage: str) -> Deployment:
    """Return the stage's stack, with its outputs and resources."""
    name = f"message-tracker-{stage}"
    stack = client.describe_stacks(StackName=name)["Stacks"][0]
    pages = client.get_paginator("list_stack_resources").paginate(StackName=name)
    resources = [
        Resource(one["ResourceType"], one["LogicalResourceId"], one.get("PhysicalResourceId", ""))
        for page in pages
        for one in page["StackResourceSummaries"]
    ]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
    return Deployment(stage, stack["StackId"], stack["StackStatus"], outputs, resources)


def wanted(clients: Clients, found: Deployment) -> Wanted:
    """Return what the stage's functions were configured with."""
    sender = _variables(clients, found.outputs["SenderFunction"])
    api = _variables(clients, found.outputs["ApiFunction"])
    return Wanted(
        email_from=sender["MT_EMAIL_FROM"],
        email_per_second=float(sender["MT_EMAIL_PER_SECOND"]),
        text_origination=sender["MT_TEXT_ORIGINATION_IDENTITY"],
        text_per_second=float(sender["MT_TEXT_SEGMENTS_PER_SECOND"]),
        opt_out_list=api["MT_TEXT_OPT_OUT_LIST"],
        countries=[one for one in api.get("MT_TEXT_COUNTRIES", "").split(",") if one],
    )


def _variables(clients: Clients, function: str) -> Mapping[str, str]:
    answer = clients.functions.get_function_configuration(FunctionName=function)
    return answer["Environment"]["Variables"]
