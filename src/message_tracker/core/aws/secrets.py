"""Secrets of AWS Secrets Manager: the database's URL, and what keys are made of."""

from collections.abc import Callable
from functools import partial
from urllib.parse import quote

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.core.aws import clients
from message_tracker.core.domain.errors import ConfigurationFault, Unavailable
from message_tracker.core.settings import (
    CanarySettings,
    DatabaseSettings,
    SigningSettings,
    WebhookSettings,
)

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

_DATABASE = "MT_DATABASE_SECRET_ARN"
_REMEDY = (
    'store postgresql://… as its string, or {"username": …, "password": …, "host": …, "dbname": …}'
)


def database_url(settings: DatabaseSettings) -> Callable[[], str]:
    """Return what gives the libpq URL: the setting's, else the secret's, read at every call.

    The secret holds a URL, or credentials as JSON, as RDS and Aurora keep them. `Database` asks
    again when a connection fails, so a rotated secret is seen. The call raises
    `ConfigurationFault` when the secret is missing, not ours to read or neither, and `Unavailable`.
    """
    if settings.database_url:
        return lambda: settings.database_url
    return lambda: _url(_read(settings.database_secret_arn, _DATABASE, _REMEDY), settings)


class _Credentials(msgspec.Struct, frozen=True):
    """A secret of RDS; that of a master user whom RDS manages does not say where the server is.

    AWS Secrets Manager User Guide, "JSON structure of AWS Secrets Manager secrets".
    """

    username: str
    password: str
    host: str = ""
    port: int = 5432
    dbname: str = "postgres"

    def url(self, endpoint: str) -> str:
        """Return the URL of `endpoint` (``host:port/name``), or of what the secret names."""
        place = endpoint or f"{self.host}:{self.port}/{quote(self.dbname, safe='')}"
        user, password = (quote(text, safe="") for text in (self.username, self.password))
        return f"postgresql://{user}:{password}@{place}"


def _url(secret: str, settings: DatabaseSettings) -> str:
    if not secret.lstrip().startswith("{"):
        return secret
    try:
        credentials = msgspec.json.decode(secret, type=_Credentials, strict=False)
    except msgspec.DecodeError as error:  # which tells where and what kind, never the value
        raise ConfigurationFault(f"{_DATABASE}: {error}: {_REMEDY}") from None
    if not credentials.host and not settings.database_endpoint:
        raise ConfigurationFault(
            f"{_DATABASE}: the secret names no host: put one into it, or set"
            " MT_DATABASE_ENDPOINT=host:port/name"
        )
    return credentials.url(settings.database_endpoint)


def webhook_password(settings: WebhookSettings) -> Callable[[], str]:
    """Return what gives the password that webhooks' secrets are sealed with, read at every call.

    The call raises as that of `database_url`.
    """
    return partial(
        _read,
        settings.webhook_key_secret_arn,
        "MT_WEBHOOK_KEY_SECRET_ARN",
        "store 64 random characters as its string",
    )


def signing_keys(settings: SigningSettings) -> Callable[[], str]:
    """Return what gives the keys that sign our links, as JSON, read at every call.

    The call raises as that of `database_url`.
    """
    return partial(
        _read,
        settings.signing_keys_secret_arn,
        "MT_SIGNING_KEYS_SECRET_ARN",
        'store {"1": "<64 random letters>"} as its string',
    )


def canary_secret(settings: CanarySettings) -> Callable[[], str]:
    """Return what gives the 43 letters that the canary's key is made of, read at every call.

    The call raises as that of `database_url`.
    """
    return partial(
        _read,
        settings.canary_secret_arn,
        "MT_CANARY_SECRET_ARN",
        "store 43 random letters and digits as its string",
    )


def _read(secret: str, setting: str, remedy: str) -> str:
    client = clients.secret_client()
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
