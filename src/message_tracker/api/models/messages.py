"""What is answered of messages."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BeforeValidator, Field

from message_tracker.api.models.answer import Answer, Query
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.domain.message_search import MessageSearch, recipient_sought
from message_tracker.core.domain.status import MessageStatus


class MessageEvent(Answer):
    """What a provider reported of a message."""

    event_type: str = Field(description="the provider's name of it")
    occurred_at: datetime
    received_at: datetime
    status: MessageStatus | None
    cause: str | None
    is_final: bool
    details: dict[str, Any] | None


class MomentAnswer(Answer):
    """One thing that happened to a message."""

    at: datetime
    what: str = Field(description="the provider's name of it, or ours in lower case")
    words: str = Field(description="the same in plain words")


class MessageAnswer(Answer):
    """A message, where it stands and its events, the earliest first."""

    message_id: UUID
    group_id: UUID
    channel: Channel
    kind: Kind
    to: str
    user_id: str | None
    report_type: str | None
    is_test: bool = Field(description="a test key's: it goes to the provider's simulator")
    segments: int
    encoding: str | None
    send_at: datetime
    expires_at: datetime | None
    created_at: datetime
    status: MessageStatus
    is_final: bool = Field(description="the provider will say no more")
    attempts: int
    provider_message_id: str | None
    cause: str | None = Field(description="why the status")
    cause_detail: str | None = Field(description="the provider's own words")
    failed_at: datetime | None
    sent_at: datetime | None
    delayed_at: datetime | None
    delivered_at: datetime | None
    bounced_at: datetime | None
    complained_at: datetime | None
    opened_at: datetime | None = Field(description="opens and clicks: by people")
    last_opened_at: datetime | None
    open_count: int
    machine_open_count: int
    clicked_at: datetime | None
    last_clicked_at: datetime | None
    last_link: str | None
    click_count: int
    machine_click_count: int
    unsubscribed_at: datetime | None
    resent_at: datetime | None = Field(description="when a text was put up to be sent once more")
    redriven_at: datetime | None = Field(description="when a person last had it sent again")
    begun_at: datetime | None = Field(description="when a provider was asked that has not answered")
    timeline: list[MomentAnswer] = Field(description="what happened, the earliest first")
    events: list[MessageEvent]


def _unescaped(value: object) -> object:
    # A `+` that nobody escaped is a blank in a query; a time has none.
    return value.replace(" ", "+") if isinstance(value, str) else value


_Text = Annotated[str, Field(min_length=1, max_length=320)]
_Instant = Annotated[AwareDatetime, BeforeValidator(_unescaped)]


class SearchQuery(Query):
    """What messages have in common."""

    to: _Text | None = Field(default=None, description="the recipient")
    provider_message_id: _Text | None = Field(default=None, description="SES' or the SMS service's")
    group: _Text | None = Field(default=None, description="the id or the name of their group")
    user_id: _Text | None = Field(default=None, description="your id of the recipient")
    status: MessageStatus | None = Field(default=None, description="where they stand now")
    channel: Channel | None = None
    accepted_from: _Instant | None = Field(
        default=None, alias="from", description="accepted then or later: a time with its offset"
    )
    accepted_until: _Instant | None = Field(
        default=None, alias="until", description="accepted earlier: a time with its offset"
    )
    cursor: _Text | None = Field(default=None, description="`next` of the page before")

    def search(self) -> MessageSearch:
        """Return the search without its place."""
        return MessageSearch(
            to=None if self.to is None else recipient_sought(self.to),
            provider_message_id=self.provider_message_id,
            group=self.group,
            user_id=self.user_id,
            status=self.status,
            channel=self.channel,
            accepted_from=self.accepted_from,
            accepted_until=self.accepted_until,
        )


class MessagesQuery(SearchQuery):
    """A page of messages."""

    limit: int = Field(default=50, ge=1, le=200, description="messages at most")


class ExportFormat(StrEnum):
    """As what messages are exported."""

    CSV = "csv"
    NDJSON = "ndjson"


class ExportQuery(SearchQuery):
    """A piece of an export."""

    format: ExportFormat = Field(default=ExportFormat.CSV, description="`csv` or `ndjson`")


class MessageSummary(Answer):
    """A message and where it stands, without its story."""

    message_id: UUID
    group_id: UUID
    group: str | None = Field(description="the group's name")
    channel: Channel
    kind: Kind
    to: str
    user_id: str | None
    report_type: str | None
    is_test: bool
    segments: int
    send_at: datetime
    created_at: datetime
    status: MessageStatus
    is_final: bool
    attempts: int
    provider_message_id: str | None
    cause: str | None
    sent_at: datetime | None
    delivered_at: datetime | None


class MessagesAnswer(Answer):
    """A page of messages, the newest first."""

    messages: list[MessageSummary]
    next: str | None = Field(description="the `cursor` of the next page; null on the last")
