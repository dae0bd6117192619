"""The body of ``POST /send``: its fields, and what is wrong with them."""

import re
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
)

from message_tracker.core.domain.email_headers import checked_headers, checked_name, checked_value
from message_tracker.core.domain.message import Channel, Kind, OnUnconfirmed
from message_tracker.core.domain.templates import MAX_SOURCE
from message_tracker.core.domain.validation import NO_TIME, Strict, one_line

MAX_RECIPIENTS: Final = 10_000
MAX_TTL: Final = timedelta(days=30)
MAX_DELAY: Final = timedelta(days=366)
MAX_SUBJECT: Final = 998  # RFC 5322, 2.1.1: the longest line

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _written_out(value: object) -> object:
    # Pydantic would also take a number, or a number in quotes, as seconds since 1970.
    if not isinstance(value, str) or not _DATE.match(value):
        raise ValueError(NO_TIME)
    return value


Text = Annotated[str, Field(min_length=1, max_length=MAX_SOURCE)]
Line = Annotated[str, Field(min_length=1, max_length=MAX_SUBJECT), AfterValidator(one_line)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]
Written = Field(strict=False)  # JSON has a text where we have an enum or a time


class RecipientEntry(Strict):
    """One entry of `to`, written as an object."""

    to: str
    data: dict[str, Any] | None = None
    user_id: Name | None = None


class SendRequest(Strict):
    """Everything but the recipients: they are read one by one, see `recipients`."""

    to: Any = None
    audience: Name | None = None
    recipients_url: Annotated[str, Field(min_length=1, max_length=2048)] | None = None
    message: Text | None = None
    subject: Line | None = None
    html: Text | None = None
    text: Text | None = None
    channel: Annotated[Channel, Written] | None = None
    group: Name | None = None
    send_at: Annotated[AwareDatetime, Written, BeforeValidator(_written_out)] | None = None
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
    transliterate: Literal["gsm"] | None = None
    partial: bool = False
    dry_run: bool = False
