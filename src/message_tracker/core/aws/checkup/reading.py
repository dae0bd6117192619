"""Turns what goes wrong while reading into what a person can act on."""

from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from message_tracker.core.domain.doctor.check import Unread

T = TypeVar("T")

_ABSENT = frozenset(
    {
        "404",
        "NoSuchBucket",
        "NoSuchEntity",
        "NotFoundException",
        "AWS.SimpleQueueService.NonExistentQueue",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
_DENIED = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
)


def guarded(permission: str, read: Callable[[], T | None]) -> Callable[[], T | Unread | None]:
    """Return `read` such that it never raises what AWS or the way there can do to it.

    Args:
        permission: the action of IAM that it needs.
        read: calls AWS; returns None for what does not exist.
    """

    def reading() -> T | Unread | None:
        try:
            return read()
        except ClientError as error:
            return None if is_absent(error) else Unread(_refusal(error, permission))
        except BotoCoreError as error:
            return Unread(f"{permission}: no answer ({type(error).__name__})")
        except ValidationError as error:
            missing = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors())
            return Unread(f"{permission}: the answer lacks {missing}")

        except KeyError as error:
            return Unread(f"{permission}: the answer lacks {error}")

    return reading


def is_absent(error: ClientError) -> bool:
    """Whether a refusal says that what was asked for does not exist."""
    fault = error.response["Error"]
    # CloudFormation has no code of its own for it.
    return fault.get("Code") in _ABSENT or "does not exist" in fault.get("Message", "")


def _refusal(error: ClientError, permission: str) -> str:
    code = error.response["Error"].get("Code", "")
    if code in _DENIED:
        return f"no permission: these credentials may not {permission}"
    return f"{permission}: AWS answers {code}"
