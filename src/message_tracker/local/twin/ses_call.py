"""Reads a SendEmail call and checks it as strictly as SES does (botocore checks no pattern).

Limits: the `sesv2` service model (`MessageHeader`, `MessageTag`, `Destination`).
"""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from typing import Any, Final, NamedTuple
from uuid import uuid4

from message_tracker.core.domain.message import Channel
from message_tracker.local.twin.accepted import Accepted, AcceptedFile
from message_tracker.local.twin.attached import raw_attachments, simple_attachments
from message_tracker.local.twin.exchange import AwsError

_TAG: Final = re.compile(r"[A-Za-z0-9_-]{1,256}")
_HEADER_NAME: Final = re.compile(r"[!-9;-@A-~]{1,126}")
_HEADER_VALUE: Final = re.compile(r"[ -~]{0,995}")
_LINE_BREAK: Final = re.compile(r"[\r\n]")
_MAX_HEADERS: Final = 15
_MAX_RECIPIENTS: Final = 50


class _Content(NamedTuple):
    """What the two forms of content have in common; only a raw one may name its addresses."""

    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[AcceptedFile, ...]
    sender: str = ""
    recipients: tuple[str, ...] = ()


def accepted_email(call: Mapping[str, Any]) -> Accepted:
    """Return the message of a SendEmail call.

    Raises:
        AwsError: BadRequestException with the member that is at fault.
    """
    accepted_at = datetime.now(UTC)
    content = _content(call.get("Content") or {})
    sender = call.get("FromEmailAddress") or content.sender
    if not sender or _LINE_BREAK.search(sender):
        raise _bad("FromEmailAddress is missing or broken")
    recipients = _recipients(call.get("Destination") or {}) or content.recipients
    if not 1 <= len(recipients) <= _MAX_RECIPIENTS or not all("@" in each for each in recipients):
        raise _bad(f"Destination must name 1 to {_MAX_RECIPIENTS} addresses")
    envelope = (("From", sender), ("To", ", ".join(recipients)), ("Subject", content.subject))
    return Accepted(
        channel=Channel.EMAIL,
        provider_message_id=f"0100{int(accepted_at.timestamp() * 1000):012x}-{uuid4()}-000000",
        accepted_at=accepted_at,
        sender=sender,
        recipients=recipients,
        text=content.text,
        html=content.html,
        subject=content.subject,
        attachments=content.attachments,
        headers=content.headers if content.sender else (*envelope, *content.headers),
        tags=_tags(call.get("EmailTags") or ()),
        configuration_set=call.get("ConfigurationSetName") or "",
    )


def _content(content: Mapping[str, Any]) -> _Content:
    if "Simple" in content:
        return _simple(content["Simple"])
    if "Raw" in content:
        return _raw(content["Raw"])
    raise _bad("Content must be Simple, Raw or Template")


def _simple(simple: Mapping[str, Any]) -> _Content:
    body = simple.get("Body") or {}
    subject = (simple.get("Subject") or {}).get("Data", "")
    if _LINE_BREAK.search(subject):
        raise _bad("Content.Simple.Subject must not hold a line break")
    return _Content(
        subject=subject,
        text=(body.get("Text") or {}).get("Data", ""),
        html=(body.get("Html") or {}).get("Data", ""),
        headers=_headers(simple.get("Headers") or ()),
        attachments=simple_attachments(simple.get("Attachments") or ()),
    )


def _headers(given: Sequence[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    if len(given) > _MAX_HEADERS:
        raise _bad(f"Content.Simple.Headers holds {len(given)} headers; {_MAX_HEADERS} are allowed")
    for header in given:
        if not _HEADER_NAME.fullmatch(header["Name"]):
            raise _bad("Content.Simple.Headers holds an invalid name")
        if not _HEADER_VALUE.fullmatch(header["Value"]):
            raise _bad(f"Content.Simple.Headers holds an invalid value of {header['Name']}")
    return tuple((header["Name"], header["Value"]) for header in given)


def _raw(raw: Mapping[str, Any]) -> _Content:
    try:
        data = base64.b64decode(raw.get("Data") or "", validate=True)
    except binascii.Error as error:
        raise _bad("Content.Raw.Data is not base64") from error
    mail = message_from_bytes(data, policy=policy.default)
    recipients = getaddresses([str(mail[name]) for name in ("To", "Cc", "Bcc") if name in mail])
    return _Content(
        subject=str(mail["Subject"] or ""),
        text=_part(mail, "plain"),
        html=_part(mail, "html"),
        headers=tuple((name, str(value)) for name, value in mail.items()),
        attachments=raw_attachments(mail),
        sender=str(mail["From"] or ""),
        recipients=tuple(address for _, address in recipients),
    )


def _part(mail: EmailMessage, subtype: str) -> str:
    part = mail.get_body(preferencelist=(subtype,))
    return part.get_content() if part else ""


def _recipients(destination: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    kinds = ("ToAddresses", "CcAddresses", "BccAddresses")
    return tuple(address for kind in kinds for address in destination.get(kind) or ())


def _tags(given: Sequence[Mapping[str, str]]) -> dict[str, str]:
    for tag in given:
        if not _TAG.fullmatch(tag["Name"]) or not _TAG.fullmatch(tag["Value"]):
            raise _bad(f"EmailTags: {tag['Name']} or its value is not [A-Za-z0-9_-]{{1,256}}")
    return {tag["Name"]: tag["Value"] for tag in given}


def _bad(text: str) -> AwsError:
    return AwsError(400, "BadRequestException", text)
