"""A queue that never drops a message: what fails too often goes to a dead-letter queue."""

from typing import NotRequired, TypedDict

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import StageConfig
from infra.encryption import key_of

# Of the function that reads every dead-letter queue.
DEAD_LETTER_TIMEOUT_SECONDS = 60
# AWS' advice for Lambda: a function that is throttled has time to come back to the message.
VISIBILITY_PER_TIMEOUT = 6
# Receives by a throttled function count too, so a small number would dead-letter a busy hour.
MAX_RECEIVE_COUNT = 10
# A message keeps the age it had when it is dead-lettered: the second queue must keep it longer.
_KEPT = Duration.days(4)
_KEPT_DEAD = Duration.days(14)


class DurableQueue(Construct):
    """A queue and its dead-letter queue, both encrypted and reached by TLS only.

    They go with the stack: what they hold is a wake-up for rows, or lies in the archive as well.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        config: StageConfig,
        *,
        name: str,
        consumer_timeout_seconds: int,
        oldest_message: Duration,
    ) -> None:
        """Define both queues.

        Args:
            scope: the construct they are part of.
            construct_id: their id there.
            config: the stage they belong to.
            name: what their names end with, after the stage's.
            consumer_timeout_seconds: the timeout of the function that reads the queue.
            oldest_message: the age of a waiting message that is worth an alarm.
        """
        super().__init__(scope, construct_id)
        self.oldest_message = oldest_message
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            **encrypted(self),
            queue_name=f"{config.name}-{name}-dlq",
            retention_period=_KEPT_DEAD,
            visibility_timeout=_visibility(DEAD_LETTER_TIMEOUT_SECONDS),
            enforce_ssl=True,
        )
        self.queue = sqs.Queue(
            self,
            "Queue",
            **encrypted(self),
            queue_name=f"{config.name}-{name}",
            retention_period=_KEPT,
            visibility_timeout=_visibility(consumer_timeout_seconds),
            enforce_ssl=True,
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MAX_RECEIVE_COUNT
            ),
        )


class _Encrypted(TypedDict):
    encryption: sqs.QueueEncryption
    encryption_master_key: NotRequired[kms.IKey]


def encrypted(scope: Construct) -> _Encrypted:
    """Return how a queue of the stage is encrypted: by its key, or by SQS' own."""
    if key := key_of(scope):
        return {"encryption": sqs.QueueEncryption.KMS, "encryption_master_key": key}
    return {"encryption": sqs.QueueEncryption.SQS_MANAGED}


def _visibility(timeout_seconds: int) -> Duration:
    return Duration.seconds(VISIBILITY_PER_TIMEOUT * timeout_seconds)
