"""Reads what a stage consists of: its stack, and what its functions were configured with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr
from typing import TYPE_CHECKING

from message_tracker.core.aws.checkup.clients import Clients
from message_tracker.core.domain.message import Channel

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

SEND_QUEUES: Mapping[Channel, Sequence[str]] = {
    Channel.EMAIL: ("Email", "EmailBulk"),
    Channel.TEXT: ("Text", "TextBulk"),
}
"""The send queues of each channel, by the names of their outputs."""

_OTHER_QUEUES = ("Events", "Webhooks")
_SETS: Mapping[Channel, str] = {
    Channel.EMAIL: "EmailConfigurationSet",
    Channel.TEXT: "TextConfigurationSet",
}
STREAMS: Mapping[Channel, str] = {
    Channel.EMAIL: "EmailEventsStream",
    Channel.TEXT: "TextEventsStream",
}
"""The stream of each channel's events, by the name of its output."""


def outputs_of(channels: Iterable[Channel]) -> frozenset[str]:
    """Return what the stack of this version tells where messages go by these channels."""
    return frozenset(
        {
            "ArchiveBucket",
            "DatabaseSecret",
            "ReportConfigurationSet",
            *(f"{name}Function" for name in FUNCTIONS),
            *(f"{name}QueueUrl" for name in queues_of(channels)),
            *(_SETS[channel] for channel in channels),
            *(STREAMS[channel] for channel in channels),
        }
    )


def queues_of(channels: Iterable[Channel]) -> list[str]:
    """Return the queues by the names of their outputs; each has a dead-letter queue."""
    return [*(name for channel in channels for name in SEND_QUEUES[channel]), *_OTHER_QUEUES]


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
    def channels(self) -> Sequence[Channel]:
        """What messages go by."""
        named = self.outputs.get("Channels")
        return list(map(Channel, named.split(","))) if named else list(Channel)

    @property
    def lacking(self) -> Sequence[str]:
        """The outputs that the stack does not have, for it was made by another version."""
        return sorted(outputs_of(self.channels) - self.outputs.keys())

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
    """What the stage was configured with, as its sender and its API have it.

    Of a channel that no messages go by, all is empty.
    """

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
        email_from=sender.get("MT_EMAIL_FROM", ""),
        email_per_second=float(sender.get("MT_EMAIL_PER_SECOND", 0)),
        text_origination=sender.get("MT_TEXT_ORIGINATION_IDENTITY", ""),
        text_per_second=float(sender.get("MT_TEXT_SEGMENTS_PER_SECOND", 0)),
        opt_out_list=api.get("MT_TEXT_OPT_OUT_LIST", ""),
        countries=[one for one in api.get("MT_TEXT_COUNTRIES", "").split(",") if one],
    )


def _variables(clients: Clients, function: str) -> Mapping[str, str]:
    answer = clients.functions.get_function_configuration(FunctionName=function)
    return answer["Environment"]["Variables"]
