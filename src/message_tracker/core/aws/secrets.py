"""Secrets of AWS Secrets Manager: the database's URL, and the key that webhooks' secrets need."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.core.aws import clients
from message_tracker.core.domain.errors import ConfigurationFault, Unavailable
from message_tracker.core.settings import DatabaseSettings

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

# What a person must put right; any other fault of Secrets Manager may pass.
_FAULTS = frozenset(
    {
        "AccessDeniedException",
        "DecryptionFailure",
        "InvalidParameterException",
        "InvalidRequestException",
        "ResourceNotFoundException",
        "ValidationException",
    }
)


def database_url(settings: DatabaseSettings) -> Callable[[], str]:
    """Return what gives the libpq URL: the setting's, else the secret's, read at every call.

    `Database` asks at every connect, so a rotated secret is seen. The call raises
    `ConfigurationFault` when the secret is missing or not ours to read, and `Unavailable`.
    """
    if settings.database_url:
        return lambda: settings.database_url
    return secret_text(
        settings.database_secret_arn, "MT_DATABASE_SECRET_ARN", "store postgresql://… as its string"
    )


def secret_text(secret: str, setting: str, remedy: str) -> Callable[[], str]:
    """Return what reads a secret's text, at every call.

    Args:
        secret: its ARN or name.
        setting: the variable that names it, for faults.
        remedy: what to do where it holds no text.
    """
    return lambda: _read(clients.secret_client(), secret, setting, remedy)


def _read(client: "SecretsManagerClient", secret: str, setting: str, remedy: str) -> str:
    try:
        response = client.get_secret_value(SecretId=secret)
    except ClientError as error:
        code = error.response["Error"].get("Code", "")
        if code in _FAULTS:
            raise ConfigurationFault(
                f"{setting}: Secrets Manager answers {code} for {secret}: create the secret, or let"
                " this function read it"
            ) from error
        raise Unavailable(f"Secrets Manager: {code}") from error
    except BotoCoreError as error:
        raise Unavailable(f"Secrets Manager: {type(error).__name__}") from error
    if not response.get("SecretString"):
        raise ConfigurationFault(f"{setting}: {secret} holds no text: {remedy}")
    return response["SecretString"]
