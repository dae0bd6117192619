"""The customer-managed key, where a stage has one, and the services that must be let use it.

Queues, bucket, streams, topics, table, secrets and log groups ask for it by `key_of`. Roles get
their use of it by CDK's grants; what follows is for the services that act by no role of ours.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from aws_cdk import ArnFormat, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra.config import StageConfig

_ID = "Encryption"
_USE = ("kms:Decrypt", "kms:GenerateDataKey*")
# What the topic of events could not deliver goes on a queue. CDK thinks of the others: alarms, the
# rules' events, and what the providers publish.
_LETTERS = "sns.amazonaws.com"


class Encryption(Construct):
    """The key of a stage: one of its own, one that is there already, or none."""

    def __init__(self, scope: Construct, config: StageConfig) -> None:
        """Find or make the key; `scope` is the stack, which has one at most."""
        super().__init__(scope, _ID)
        self.key: kms.IKey | None = None
        if config.kms_key_arn:
            self.key = kms.Key.from_key_arn(self, "Key", config.kms_key_arn)
        elif config.creates_kms_key:
            self.key = self._own_key(config)

    def _own_key(self, config: StageConfig) -> kms.Key:
        key = kms.Key(
            self,
            "Key",
            description=f"{config.name}: messages, events, reports and logs",
            enable_key_rotation=True,
            removal_policy=RemovalPolicy.RETAIN if config.keeps_data else RemovalPolicy.DESTROY,
        )
        account = {"StringEquals": {"aws:SourceAccount": Stack.of(self).account}}
        _let_use(key, _LETTERS, _USE, account)
        logs = f"logs.{Stack.of(self).region}.amazonaws.com"
        _let_use(key, logs, (*_USE, "kms:Encrypt", "kms:ReEncrypt*"), self._groups_of(config))
        return key

    def _groups_of(self, config: StageConfig) -> Mapping[str, object]:
        """Return the condition that CloudWatch Logs encrypts a group of the stage."""
        groups = Stack.of(self).format_arn(
            service="logs",
            resource="log-group",
            resource_name=f"/aws/*/{config.name}*",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        return {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}}


def key_of(scope: Construct) -> kms.IKey | None:
    """Return the key of the stack that `scope` is part of, if it has one."""
    found = Stack.of(scope).node.try_find_child(_ID)
    return cast("Encryption", found).key if found else None


def _let_use(
    key: kms.Key, service: str, actions: Sequence[str], conditions: Mapping[str, object]
) -> None:
    key.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal(service, conditions=conditions)],
            actions=list(actions),
            resources=["*"],  # in a key's own policy: this key
        )
    )
