"""What is answered of messages."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from message_tracker.api.models.answer import Answer
from message_tracker.core.domain.message import Channel, Kind
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
    events: list[MessageEvent]
