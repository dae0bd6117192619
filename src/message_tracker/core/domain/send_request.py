"""The body of ``POST /send``: its fields, and what is wrong with them."""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from message_tracker.core.domain.email_headers import checked_headers, checked_name, checked_value
from message_tracker.core.domain.message import Channel, Kind, OnUnconfirmed
from message_tracker.core.domain.templates import MAX_SOURCE
from message_tracker.core.domain.validation import Moment, Strict, Written, one_line

MAX_RECIPIENTS: Final = 10_000
MAX_TTL: Final = timedelta(days=30)
MAX_DELAY: Final = timedelta(days=366)
MAX_SUBJECT: Final = 998  # RFC 5322, 2.1.1: the longest line

Text = Annotated[str, Field(min_length=1, max_length=MAX_SOURCE)]
Line = Annotated[str, Field(min_length=1, max_length=MAX_SUBJECT), AfterValidator(one_line)]
Name = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(one_line)]


class RecipientEntry(Strict):
    """One entry of `to`, written as an object."""

    to: str
    data: dict[str, Any] | None = None
    user_id: Name | None = None


class SendRequest(Strict):
    """Everything but the recipients: they are read one by one, see `recipients`."""

    to: Any = None
    message: Text | None = None
    subject: Line | None = None
    html: Text | None = None
    text: Text | None = None
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
    transliterate: Literal["gsm"] | None = None
    partial: bool = False
    dry_run: bool = False
