"""Whether a caller may do what it asks of the twin: the account decides, by its role's policies.

The twin only says which action on which resources a request is; the emulator, which holds the
roles, evaluates their policies with the request's condition keys. It does not check the signature.
"""

import re
import time
from dataclasses import dataclass
from typing import Final

import urllib3

from message_tracker.local.twin.exchange import AwsError

_PATH: Final = "/_message-tracker/permission"  # of the emulator's launcher
_TIMEOUT: Final = urllib3.Timeout(connect=2, read=10)
_CALLER: Final = re.compile(r"Credential=([^/,\s]+)/")
# As with IAM itself, a changed policy takes a moment; and a campaign does not ask 10,000 times.
_KEPT_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class Question:
    """An action as IAM names it, each resource that it touches, and the request's condition keys.

    It is allowed when the caller's policies allow it on every one of the resources.
    """

    action: str
    resources: tuple[str, ...] = ("*",)
    keys: tuple[tuple[str, str], ...] = ()


class AccountPermissions:
    """Asks the emulator that holds the caller's role, and keeps its answer for a moment."""

    def __init__(self, account_url: str) -> None:
        self._url = account_url + _PATH
        self._pool = urllib3.PoolManager(timeout=_TIMEOUT, retries=False)
        self._kept: dict[tuple[str, Question], tuple[float, str]] = {}

    def check(self, authorization: str, question: Question, *, status: int) -> None:
        """Return if whoever signed the request may do it.

        Args:
            authorization: the request's header.
            question: what it asks permission for.
            status: with which the service that was asked answers AccessDeniedException.

        Raises:
            AwsError: it was not signed, it may not, or the emulator does not answer.
        """
        key = (_caller(authorization), question)
        until, denied = self._kept.get(key, (0.0, ""))
        if until < time.monotonic():
            denied = self._ask(*key)
            self._kept[key] = (time.monotonic() + _KEPT_SECONDS, denied)
        if denied:
            raise AwsError(status, "AccessDeniedException", denied)

    def _ask(self, caller: str, question: Question) -> str:
        fields = [
            ("caller", caller),
            ("action", question.action),
            *(("resource", resource) for resource in question.resources),
            *((f"key.{name}", value) for name, value in question.keys),
        ]
        try:
            answer = self._pool.request("GET", self._url, fields=fields)
        except urllib3.exceptions.HTTPError as error:
            raise AwsError(503, "ServiceUnavailableException", str(error)) from error
        denied: str = answer.json().get("denied", "")
        return denied


def _caller(authorization: str) -> str:
    """Return the access key that a request was signed with (Signature Version 4)."""
    found = _CALLER.search(authorization)
    if found is None:
        text = "Request is missing Authentication Token"
        raise AwsError(403, "MissingAuthenticationTokenException", text)
    return found[1]
