"""What our links in mail need: the keys that sign them."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.config import StageConfig
from infra.encryption import key_of

_KEY_LENGTH = 64


class SigningKeys(secretsmanager.Secret):
    """The keys by their ids, as JSON; AWS makes the first, and an operator adds others."""

    def __init__(self, scope: Construct, construct_id: str, config: StageConfig) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption_key=key_of(scope),
            description=f"{config.name}: signs the links in mail",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 - the object that the key is put into
                generate_string_key="1",
                password_length=_KEY_LENGTH,
                exclude_punctuation=True,
            ),
            removal_policy=RemovalPolicy.RETAIN if config.keeps_data else RemovalPolicy.DESTROY,
        )
