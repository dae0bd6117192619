"""What a failed provider call came to: not sent, later, or not known.

One question decides: may the provider have taken the message? Only an answer that says no, or a
request that never left this process, is a refusal. A lost answer, a server's fault and everything
unheard of is `Unknown`, which the provider's own event settles later.
"""

from collections.abc import Callable
from enum import Enum, auto

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoAuthTokenError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
    TokenRetrievalError,
)

from message_tracker.core.domain.outcome import ChannelFault, Outcome, Refused, Unknown

# Raised before the request has left. (SSLError is missing: it may come in the midst of an answer.)
_NOT_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
_NOT_SIGNED = (
    CredentialRetrievalError,
    NoAuthTokenError,
    NoCredentialsError,
    PartialCredentialsError,
    TokenRetrievalError,
)

# What no operation models, but every service may answer to a caller it does not let in.
# https://docs.aws.amazon.com/general/latest/gr/api-retries.html names them "common errors".
_UNAUTHORIZED = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "NotAuthorized",
        "OptInRequired",
        "SignatureDoesNotMatch",
        "SubscriptionRequiredException",
        "UnrecognizedClientException",
    }
)

_SERVER_FAULTS = frozenset(
    {"InternalFailure", "InternalServerError", "InternalServerException", "ServiceUnavailable"}
)
_THROTTLES = frozenset(
    {
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)

_REQUEST_TIMEOUT = 408
_TOO_MANY_REQUESTS = 429
_LEAST_SERVER_FAULT = 500


class Meaning(Enum):
    """What an answer that refuses says: of whom, and for how long."""

    MESSAGE = auto()  # of this message, for ever
    PASSING = auto()  # of this message, for now
    CHANNEL = auto()  # of every message, until a person acts


def outcome_of(
    error: BotoCoreError | ClientError, provider: str, answer: Callable[[ClientError], Outcome]
) -> Outcome:
    """Return what came of a provider call that raised.

    Args:
        error: what botocore raised.
        provider: the first part of a cause, ``ses`` or ``sms``.
        answer: reads the provider's own words, where it certainly did not take the message.
    """
    match error:
        case ClientError():
            return Unknown(_name(error)) if _is_server_fault(error) else answer(error)
        case ParamValidationError():
            return Refused(f"{provider}/ParamValidation", str(error), permanent=True)
        case _ if isinstance(error, _NOT_SENT):
            return Refused(f"transport/{type(error).__name__}", str(error), permanent=False)
        case _ if isinstance(error, _NOT_SIGNED):
            return ChannelFault(f"transport/{type(error).__name__}", str(error))
        case _:
            return Unknown(type(error).__name__)


def refusal(meaning: Meaning, cause: str, text: str) -> Outcome:
    """Return the outcome of an answer that refuses."""
    if meaning is Meaning.CHANNEL:
        return ChannelFault(cause, text)
    return Refused(cause, text, permanent=meaning is Meaning.MESSAGE)


def unmodelled(code: str) -> Meaning:
    """Return what an error means that the operation does not model: it was an answer still."""
    return Meaning.CHANNEL if code in _UNAUTHORIZED else Meaning.PASSING


def code_of(error: ClientError) -> str:
    """Return the error's name in the service's model, e.g. ``MessageRejected``."""
    return error.response["Error"].get("Code", "")


def text_of(error: ClientError) -> str:
    """Return the provider's own text; it may name the recipient."""
    return error.response["Error"].get("Message", "")


def is_throttle(error: ClientError) -> bool:
    """Whether the provider said "later": it then drops the message and never queues it."""
    return code_of(error) in _THROTTLES or _status(error) == _TOO_MANY_REQUESTS


def is_passing(error: ClientError) -> bool:
    """Whether the same call may succeed later: too fast, or a fault on the provider's side."""
    return is_throttle(error) or _is_server_fault(error)


def _is_server_fault(error: ClientError) -> bool:
    status = _status(error)
    return (
        code_of(error) in _SERVER_FAULTS
        or status >= _LEAST_SERVER_FAULT
        or status == _REQUEST_TIMEOUT
    )


def _status(error: ClientError) -> int:
    return error.response["ResponseMetadata"]["HTTPStatusCode"]


def _name(error: ClientError) -> str:
    return f"{code_of(error)} (HTTP {_status(error)})"
