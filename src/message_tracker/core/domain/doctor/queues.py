"""The queues: their dead-letter queues, and what lies there."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, Json

from message_tracker.core.domain.doctor.finding import AwsCall, Finding, Severity, Shell, verdict
from message_tracker.core.domain.doctor.observed import Observed

MAX_RECEIVE_COUNT: Final = 10
"""What the stack's queues have; a test compares."""


class Redrive(BaseModel):
    """A queue's redrive policy, whose members SQS spells in camel case."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    target: str = Field(alias="deadLetterTargetArn")
    max_receive_count: int = Field(alias="maxReceiveCount")


class QueueAttributes(Observed):
    """SQS GetQueueAttributes, whose values are texts."""

    queue_arn: str
    redrive_policy: Json[Redrive] | None = None
    message_retention_period: int
    waiting: int = Field(default=0, alias="ApproximateNumberOfMessages")


@dataclass(frozen=True, slots=True)
class DurableQueue:
    """A queue and, where it is there, its dead-letter queue."""

    name: str
    url: str
    attributes: QueueAttributes
    dead_letters_url: str
    dead_letters: QueueAttributes | None


def judge_queue(queue: DurableQueue, stage: str) -> Iterator[Finding]:
    """Judge whether what fails goes to a dead-letter queue, which keeps it and is empty."""
    subject, letters = f"queue {queue.name}", queue.dead_letters
    if letters is None:
        says = "it has no dead-letter queue: what fails is tried for four days and then lost"
        yield Finding(Severity.FAIL, subject, says, Shell(f"make deploy STAGE={stage}"))
        return
    policy = queue.attributes.redrive_policy
    yield verdict(
        subject,
        holds=policy is not None and policy.target == letters.queue_arn,
        says=f"{queue.attributes.waiting} waiting; what fails"
        f" {policy.max_receive_count if policy else 0} times is set aside",
        otherwise="what fails goes to no dead-letter queue of ours: it is tried until it is lost",
        fix=_redrive(queue, letters),
    )
    yield verdict(
        f"{subject} dead letters",
        holds=letters.waiting == 0,
        says="none",
        otherwise=f"{letters.waiting} lie unread: is the function that reads them running?",
        fix=Shell("message-tracker dead-letters list"),
        severity=Severity.WARN,
    )
    yield verdict(
        f"{subject} retention",
        holds=letters.message_retention_period > queue.attributes.message_retention_period,
        says="dead letters are kept longer than messages",
        otherwise="dead letters are kept no longer than messages: they may go before they are read",
        fix=_attributes(queue.dead_letters_url, MessageRetentionPeriod="1209600"),
        severity=Severity.WARN,
    )


def missing_queue(name: str, stage: str) -> Finding:
    """Return what to do where a queue is not there."""
    says = "it does not exist"
    return Finding(Severity.FAIL, f"queue {name}", says, Shell(f"make deploy STAGE={stage}"))


def _redrive(queue: DurableQueue, letters: QueueAttributes) -> AwsCall:
    policy = {"deadLetterTargetArn": letters.queue_arn, "maxReceiveCount": MAX_RECEIVE_COUNT}
    return _attributes(queue.url, RedrivePolicy=json.dumps(policy))


def _attributes(url: str, **attributes: str) -> AwsCall:
    return AwsCall("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": attributes})
