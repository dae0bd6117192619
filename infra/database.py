"""Where Postgres is: Aurora of the stack's own, or a secret that holds the URL of another.

A URL (`postgresql://user:password@host/name`) is put into Secrets Manager once, by a person, so
that it is in no template and in no function's environment.
"""

from collections.abc import Sequence
from typing import Protocol

from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct, IDependable

from infra.aurora import Aurora
from infra.config import StageConfig
from infra.network import Network


class Database(Protocol):
    """A Postgres that functions connect to."""

    @property
    def secret_arn(self) -> str:
        """The ARN of the secret with the URL, or with the credentials."""

    @property
    def secret_name(self) -> str:
        """What an operator's commands name the secret by."""

    @property
    def endpoint(self) -> str:
        """host:port/name, where the secret does not say so."""

    @property
    def readiness(self) -> Sequence[IDependable]:
        """What must be there before anyone can connect."""

    def grant_connect(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read the secret."""


def database_of(scope: Construct, config: StageConfig, network: Network | None) -> Database:
    """Return the database that `config` describes."""
    if config.database == "url" or network is None:
        return UrlDatabase(scope, "Database", config)
    return Aurora(scope, "Aurora", config, network)


class UrlDatabase(Construct):
    """The URL of an existing Postgres 15 or newer."""

    endpoint = ""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self.secret_name = config.database_secret_name
        self._secret = secretsmanager.Secret.from_secret_name_v2(self, "Url", self.secret_name)

    @property
    def secret_arn(self) -> str:
        """The ARN that functions read the URL by."""
        return self._secret.secret_arn

    @property
    def readiness(self) -> Sequence[IDependable]:
        """It is somebody else's, and there."""
        return []

    def grant_connect(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read the URL."""
        self._secret.grant_read(grantee)
