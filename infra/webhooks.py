"""Callbacks: the queue and the clock that wake the dispatcher, and the key of webhooks' secrets."""

from typing import NamedTuple, Self

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import LOCAL, StageConfig
from infra.encryption import key_of
from infra.functions import Deployment, TrackerFunction
from infra.queue import DurableQueue
from infra.schedules import run_every_minute
from infra.wake_ups import wake
from message_tracker.core.settings import WebhookDispatcherSettings

_TIMEOUT_SECONDS = 90  # a minute of calls, and the last of them with its record
_OLDEST_WAKE_UP = Duration.minutes(10)
_WAKE_UPS_PER_INVOCATION = 10
_CONCURRENCY = 2
_PASSWORD_LENGTH = 64
# In a stage of one machine only: there, receivers are tried out on it.
_LOCAL_HOSTS = ("localhost", "127.0.0.1")


class WebhookKey(secretsmanager.Secret):
    """What the key is made of that seals webhooks' secrets; AWS makes it, and nobody sees it."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption_key=key_of(scope),
            description=f"{config.name}: seals the secrets of webhooks",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                password_length=_PASSWORD_LENGTH, exclude_punctuation=True
            ),
            removal_policy=RemovalPolicy.RETAIN if config.keeps_data else RemovalPolicy.DESTROY,
        )


class WebhookQueue(DurableQueue):
    """Wakes the dispatcher; what is to be called stands in Postgres."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            config,
            name="webhook",
            consumer_timeout_seconds=_TIMEOUT_SECONDS,
            oldest_message=_OLDEST_WAKE_UP,
        )


class Webhooks(NamedTuple):
    """What those share who keep webhooks and those who call them."""

    queue: WebhookQueue
    key: WebhookKey
    local_hosts: tuple[str, ...]  # that may be called on the stage's own machine, by http too

    @classmethod
    def of(cls, scope: Construct, config: StageConfig) -> Self:
        """Define the queue and the key of a stage."""
        return cls(
            WebhookQueue(scope, "Webhooks", config),
            WebhookKey(scope, "WebhookKey", config),
            _LOCAL_HOSTS if config.stage == LOCAL else (),
        )

    @property
    def values(self) -> dict[str, object]:
        """What `WebhookSettings` reads."""
        return {
            "webhook_key_secret_arn": self.key.secret_arn,
            "webhook_local_hosts": self.local_hosts,
        }


class WebhookDispatcher(TrackerFunction):
    """Calls back, as soon as it is woken and each minute."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        deployment: Deployment,
        *,
        webhooks: Webhooks,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            deployment,
            package="webhook_dispatcher",
            settings=WebhookDispatcherSettings,
            values=webhooks.values,
            timeout_seconds=_TIMEOUT_SECONDS,
            concurrency=_CONCURRENCY + 2,  # and those of the schedule, which may overlap
            memory_mb=512,
        )
        wake(
            self,
            webhooks.queue.queue,
            batch_size=_WAKE_UPS_PER_INVOCATION,
            concurrency=_CONCURRENCY,
        )
        run_every_minute(self)
        webhooks.key.grant_read(self)
