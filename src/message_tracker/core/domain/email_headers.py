"""The custom headers an e-mail may carry: RFC 5322 names and values, within SES' limits.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_MessageHeader.html. A header could also
steer SES (``X-SES-…``) or speak for us (``From``); these are refused.
"""

import re
from typing import Final

from message_tracker.core.domain import unsubscribe

MAX_HEADERS: Final = 15 - unsubscribe.HEADERS
_MAX_NAME: Final = 126
_MAX_VALUE: Final = 995
_MAX_NAME_AND_VALUE: Final = 996

_NAME: Final = re.compile(r"[!-9;-~]+")  # RFC 5322, 3.6.8: printable ASCII but the colon
_VALUE: Final = re.compile(r"[ -~]*")

# What the request's own fields, the deployment or SES itself say.
_RESERVED: Final = frozenset(
    {
        *("bcc", "cc", "from", "sender", "subject", "to", "return-path", "received", "date"),
        *("content-disposition", "content-transfer-encoding", "content-type", "mime-version"),
        *("dkim-signature", "domainkey-signature", "authentication-results", "message-id"),
        *("feedback-id", "errors-to"),
    }
)
_RESERVED_PREFIXES: Final = ("x-ses-", "arc-", "x-amz-", "resent-")


def checked_name(name: str) -> str:
    """Return a header's name; `ValueError` says what is wrong with it."""
    if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
        raise ValueError(
            f"is no header name: use printable ASCII without colon, at most {_MAX_NAME} characters"
        )
    if name.lower() in _RESERVED or name.lower().startswith(_RESERVED_PREFIXES):
        raise ValueError("is set by the service itself: remove it")
    return name


def checked_value(value: str) -> str:
    """Return a header's value; `ValueError` says what is wrong with it."""
    if len(value) > _MAX_VALUE or not _VALUE.fullmatch(value):
        raise ValueError(
            "is no header value: use printable ASCII without line breaks, at most"
            f" {_MAX_VALUE} characters"
        )
    return value


def checked_headers(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers; `ValueError` says what is wrong with them together."""
    if len(headers) > MAX_HEADERS:
        raise ValueError(
            f"are {len(headers)} headers: SES takes 15, and two are ours: keep {MAX_HEADERS}"
        )
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("name one header twice, in different case: keep one")
    if any(len(name) + len(value) > _MAX_NAME_AND_VALUE for name, value in headers.items()):
        raise ValueError(
            f"are too long: a name and its value may have {_MAX_NAME_AND_VALUE} characters together"
        )
    return headers
