"""Reads the files of a SendEmail call, and refuses those that SES would.

Limits: the `sesv2` service model (`Attachment`) and
https://docs.aws.amazon.com/ses/latest/dg/mime-types.html.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from pathlib import PurePath
from typing import Any, Final

from message_tracker.core.domain.attachments import FORBIDDEN
from message_tracker.local.twin.accepted import AcceptedFile
from message_tracker.local.twin.exchange import AwsError

_MAX_NAME: Final = 255
_UNKNOWN: Final = "application/octet-stream"


def simple_attachments(given: Sequence[Mapping[str, Any]]) -> tuple[AcceptedFile, ...]:
    """Return the files of Content.Simple.Attachments; raises `AwsError` for what SES refuses."""
    return tuple(_simple(each) for each in given)


def raw_attachments(mail: EmailMessage) -> tuple[AcceptedFile, ...]:
    """Return the files of a whole e-mail."""
    return tuple(
        _checked(
            part.get_filename() or "(no name)",
            part.get_content_type(),
            part.get_payload(decode=True) or b"",
        )
        for part in mail.iter_attachments()
    )


def _simple(given: Mapping[str, Any]) -> AcceptedFile:
    try:
        content = base64.b64decode(given.get("RawContent") or "", validate=True)
    except binascii.Error as error:
        raise _bad("RawContent is not base64") from error
    return _checked(given.get("FileName") or "", given.get("ContentType") or _UNKNOWN, content)


def _checked(name: str, content_type: str, content: object) -> AcceptedFile:
    if not 0 < len(name) <= _MAX_NAME:
        raise _bad(f"FileName must have 1 to {_MAX_NAME} characters")
    if PurePath(name).suffix.lower().removeprefix(".") in FORBIDDEN:
        raise _bad(f"{name} has an extension that is not supported")
    size = len(content) if isinstance(content, bytes) else 0
    return AcceptedFile(name, content_type, size)


def _bad(text: str) -> AwsError:
    return AwsError(400, "BadRequestException", f"Attachments: {text}")
