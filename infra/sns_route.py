"""The topics that may post to `/events/sns`: the stage's own, where it has one, and those listed.

For applications that publish their events to SNS. Ours go by Firehose and EventBridge, and need
none of it.
"""

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct, IDependable

from infra.config import StageConfig
from infra.encryption import key_of
from infra.queue import DurableQueue

_PUBLISHERS = ("ses.amazonaws.com", "sms-voice.amazonaws.com")
# SNS gives up after an hour at the latest, whatever is asked of it. This comes to about 50 minutes.
_RETRIES = sns.HealthyRetryPolicy(
    num_retries=60,
    num_no_delay_retries=0,
    min_delay_target=Duration.seconds(20),
    max_delay_target=Duration.seconds(60),
)


class SnsRoute(Construct):
    """The allow-list of the route, and the stage's own topic if it wants one."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self.topic = self._topic(config) if config.sns_route else None
        own = (self.topic.topic_arn,) if self.topic else ()
        self.topic_arns = (*own, *config.sns_topic_arns)

    def _topic(self, config: StageConfig) -> sns.Topic:
        topic = sns.Topic(
            self,
            "Topic",
            topic_name=f"{config.name}-events",
            enforce_ssl=True,
            master_key=key_of(self),
            signature_version="2",  # SHA-256; the API takes no other
        )
        account = {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
        for publisher in _PUBLISHERS:
            topic.grant_publish(iam.ServicePrincipal(publisher, conditions=account))
        return topic

    def subscribe(self, api_url: str, undelivered: DurableQueue, *, after: IDependable) -> None:
        """Let the stage's own topic post to the API, which confirms that by itself.

        Args:
            api_url: the API's base URL, with a slash at its end.
            undelivered: the queue whose dead letters keep what SNS gave up.
            after: what must stand before SNS asks for the confirmation.
        """
        if self.topic is None:
            return
        subscription = self.topic.add_subscription(
            subscriptions.UrlSubscription(
                f"{api_url}events/sns",
                protocol=sns.SubscriptionProtocol.HTTPS,
                dead_letter_queue=undelivered.dead_letters,
                delivery_policy=sns.DeliveryPolicy(healthy_retry_policy=_RETRIES),
            )
        )
        subscription.node.add_dependency(after)

    def grant_confirm(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` confirm subscriptions to these topics."""
        if self.topic_arns:
            iam.Grant.add_to_principal(
                grantee=grantee,
                actions=["sns:ConfirmSubscription"],
                resource_arns=list(self.topic_arns),
            )
