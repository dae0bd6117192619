"""Where Postgres is: a secret that holds its URL.

Any Postgres 15 or newer will do. Its URL (`postgresql://…?sslmode=verify-full`) is put into
Secrets Manager once, by a person, so that it is in no template and in no function's environment.
"""

from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import StageConfig


class Database(Construct):
    """The URL of an existing Postgres."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(scope, construct_id)
        self._secret = secretsmanager.Secret.from_secret_name_v2(
            self, "Url", config.database_secret_name
        )

    @property
    def secret_arn(self) -> str:
        """The ARN that functions read the URL by."""
        return self._secret.secret_arn

    def grant_connect(self, grantee: iam.IGrantable) -> None:
        """Let `grantee` read the URL."""
        self._secret.grant_read(grantee)
