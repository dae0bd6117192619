"""What the sender works from: the four send queues, and the rate limiter's table.

Each channel has a queue for transactional messages and one for bulk, so that a campaign of
10,000 never stands before a password reset.
"""

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import StageConfig
from infra.queue import DurableQueue

# The time a message may wait before a person should look. A campaign waits for its turn.
_WAITS_AT_MOST = Duration.minutes(5)
_BULK_WAITS_AT_MOST = Duration.hours(6)


class SendQueues(Construct):
    """The four send queues, each with its dead-letter queue."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self._config = config

        def queue(queue_id: str, name: str, oldest_message: Duration) -> DurableQueue:
            return DurableQueue(
                self,
                queue_id,
                config,
                name=name,
                consumer_timeout_seconds=config.sender_timeout_seconds,
                oldest_message=oldest_message,
            )

        self.email = queue("Email", "email", _WAITS_AT_MOST)
        self.email_bulk = queue("EmailBulk", "email-bulk", _BULK_WAITS_AT_MOST)
        self.text = queue("Text", "text", _WAITS_AT_MOST)
        self.text_bulk = queue("TextBulk", "text-bulk", _BULK_WAITS_AT_MOST)

    @property
    def all(self) -> tuple[DurableQueue, ...]:
        """The four of them."""
        return (self.email, self.email_bulk, self.text, self.text_bulk)

    @property
    def dead_letters(self) -> tuple[sqs.Queue, ...]:
        """Their dead-letter queues."""
        return tuple(queue.dead_letters for queue in self.all)

    @property
    def settings(self) -> dict[str, object]:
        """What `QueueSettings` names: where chunks go, and how large they are."""
        return {
            "text_segments_per_second": self._config.text_segments_per_second,
            "email_chunk_size": self._config.email_chunk_size,
            "email_queue_url": self.email.queue.queue_url,
            "email_bulk_queue_url": self.email_bulk.queue.queue_url,
            "text_queue_url": self.text.queue.queue_url,
            "text_bulk_queue_url": self.text_bulk.queue.queue_url,
        }

    def grant_send(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` put chunks on all four."""
        for durable in self.all:
            durable.queue.grant_send_messages(grantee)


class LimiterTable(dynamodb.TableV2):
    """One item per provider: the time up to which its rate is sold.

    It has a name of CDK's making, so that a stack can be made again beside the table of the one
    before, which outlived it.
    """

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            billing=dynamodb.Billing.on_demand(),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=config.keeps_data,
            removal_policy=RemovalPolicy.RETAIN if config.keeps_data else RemovalPolicy.DESTROY,
        )

    def grant_lease(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` reserve sending time."""
        self.grant(grantee, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")

    def grant_look(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` see the rates in force."""
        self.grant(grantee, "dynamodb:GetItem")
