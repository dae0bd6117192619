"""The body of ``POST /send``: its fields, and what is wrong with them."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from message_tracker.core.domain.attachments import (
    MAX_ATTACHMENTS,
    AttachmentEntry,
    checked_attachments,
)
from message_tracker.core.domain.email_headers import checked_headers, checked_name, checked_value
from message_tracker.core.domain.message import Channel, Kind, OnUnconfirmed
from message_tracker.core.domain.templates import MAX_SOURCE
from message_tracker.core.domain.validation import Moment, Strict, Written, one_line

MAX_RECIPIENTS: Final = 10_000
MAX_TTL: Final = timedelta(days=30)
MAX_DELAY: Final = timedelta(days=366)
MAX_VERSION: Final = 2**31 - 1  # of a template
MAX_SUBJECT: Final = 998  # RFC 5322, 2.1.1: the longest line

_SES_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def _ses_name(name: str) -> str:
    if not _SES_NAME.fullmatch(name):
        raise ValueError("must have 1 to 64 of the characters A-Z a-z 0-9 _ -, as in SES")
    return name


Text = Annotated[str, Field(min_length=1, max_length=MAX_SOURCE)]
Line = Annotated[str, Field(min_length=1, max_length=MAX_SUBJECT), AfterValidator(one_line)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]


class RecipientEntry(Strict):
    """One entry of `to`, written as an object."""

    to: str
    data: dict[str, Any] | None = None
    user_id: Name | None = None


class TemplateReference(Strict):
    """A template by name: the latest version, or the one of this number."""

    name: Name
    version: Annotated[int | None, Field(ge=1, le=MAX_VERSION)] = None


def _by_name(value: object) -> object:
    if isinstance(value, str):
        return {"name": value}
    if value is None or isinstance(value, dict):
        return value
    raise ValueError('must be a name in quotes, or an object like {"name": …, "version": 3}')


_TemplateInput = str | TemplateReference | None


class SendRequest(Strict):
    """Everything but the recipients: they are read one by one, see `recipients`."""

    to: Any = None
    audience: Name | None = None
    recipients_url: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    message: Text | None = None
    subject: Line | None = None
    html: Text | None = None
    text: Text | None = None
    template: Annotated[
        TemplateReference | None,
        BeforeValidator(_by_name, json_schema_input_type=_TemplateInput),
    ] = None
    ses_template: Annotated[str, AfterValidator(_ses_name)] | None = None
    channel: Annotated[Channel, Written] | None = None
    group: Name | None = None
    send_at: Moment | None = None
    ttl_seconds: Annotated[int | None, Field(ge=1, le=MAX_TTL.total_seconds())] = None
    kind: Annotated[Kind, Written] = Kind.TRANSACTIONAL
    on_unconfirmed: Annotated[OnUnconfirmed, Written] = OnUnconfirmed.RETRY
    report_type: Name | None = None
    user_id: Name | None = None
    data: dict[str, Any] | None = None
    headers: Annotated[
        dict[
            Annotated[str, AfterValidator(checked_name)],
            Annotated[str, AfterValidator(checked_value)],
        ],
        AfterValidator(checked_headers),
    ] = Field(default_factory=dict)
    attachments: Annotated[
        list[AttachmentEntry],
        Field(max_length=MAX_ATTACHMENTS),
        AfterValidator(checked_attachments),
    ] = Field(default_factory=list)
    transliterate: Literal["gsm"] | None = None
    partial: bool = False
    dry_run: bool = False
