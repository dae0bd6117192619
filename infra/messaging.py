"""What the sender works from: the send queues, and the rate limiter's table.

Each channel has a queue for transactional messages and one for bulk, so that a campaign of
10,000 never stands before a password reset.
"""

from typing import NamedTuple

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.config import StageConfig
from infra.encryption import key_of
from infra.queue import DurableQueue

# The time a message may wait before a person should look. A campaign waits for its turn.
_WAITS_AT_MOST = Duration.minutes(5)
_BULK_WAITS_AT_MOST = Duration.hours(6)


class ChannelQueues(NamedTuple):
    """The two send queues of a channel."""

    transactional: DurableQueue
    bulk: DurableQueue


class SendQueues(Construct):
    """The send queues, each with its dead-letter queue."""

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

        self.of = {
            channel: ChannelQueues(
                queue(channel.title(), channel, _WAITS_AT_MOST),
                queue(f"{channel.title()}Bulk", f"{channel}-bulk", _BULK_WAITS_AT_MOST),
            )
            for channel in config.channels
        }

    @property
    def all(self) -> tuple[DurableQueue, ...]:
        """All of them."""
        return tuple(queue for queues in self.of.values() for queue in queues)

    @property
    def dead_letters(self) -> tuple[sqs.Queue, ...]:
        """Their dead-letter queues."""
        return tuple(queue.dead_letters for queue in self.all)

    @property
    def settings(self) -> dict[str, object]:
        """What `QueueSettings` names: where chunks go, and how large they are."""
        urls = {
            name: queue.queue.queue_url
            for channel, queues in self.of.items()
            for name, queue in (
                (f"{channel}_queue_url", queues.transactional),
                (f"{channel}_bulk_queue_url", queues.bulk),
            )
        }
        sizes = self._config.of_channels("text_segments_per_second", "email_chunk_size")
        return {"channels": self._config.channels, **sizes, **urls}

    def grant_send(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` put chunks on all of them."""
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
        self._key = key_of(self)
        if self._key:
            self._encrypt_by(self._key)

    def _encrypt_by(self, key: kms.IKey) -> None:
        """Encrypt by `key`: CDK's own property wants a stack that names its region."""
        table = self.node.default_child
        assert isinstance(table, dynamodb.CfnGlobalTable)  # noqa: S101 - narrows the type
        table.add_property_override("SSESpecification", {"SSEEnabled": True, "SSEType": "KMS"})
        table.add_property_override("Replicas.0.SSESpecification", {"KMSMasterKeyId": key.key_arn})

    def grant_lease(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` reserve sending time."""
        self.grant(grantee, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
        self._grant_key(grantee)

    def grant_look(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` see the rates in force."""
        self.grant(grantee, "dynamodb:GetItem")
        self._grant_key(grantee)

    def _grant_key(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` have DynamoDB use the key."""
        if self._key:
            self._key.grant(grantee, "kms:Decrypt")
