"""What is asked and answered of the suppression list."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from message_tracker.api.models.answer import Answer, Query
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.domain.suppression import SuppressionReason
from message_tracker.core.domain.validation import Strict, one_line


class ListQuery(Query):
    """Which part of the list."""

    channel: Channel | None = Field(default=None, description="only of this channel")
    reason: SuppressionReason | None = Field(default=None, description="only for this reason")
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    after: Annotated[str, Field(max_length=1000)] | None = Field(
        default=None, description="`next` of the page before"
    )


class RemoveQuery(Query):
    """Which reasons are taken off."""

    reason: SuppressionReason | None = Field(
        default=None,
        description="only this one; without it all but UNSUBSCRIBE and OPT_OUT, the person's own",
    )


class AddBody(Strict):
    """Why an address is put on the list."""

    note: Annotated[str, Field(min_length=1, max_length=500), AfterValidator(one_line)] | None = (
        Field(default=None, description="for whoever asks later")
    )


class Entry(Answer):
    """One reason for which nothing is sent to an address."""

    channel: Channel
    address: str
    reason: SuppressionReason
    cause: str | None = Field(description="what was reported, e.g. Bounce/Permanent/General")
    note: str | None = Field(description="what the person who added it wrote")
    message_id: UUID | None = Field(description="the message that led to it")
    event_key: UUID | None = Field(description="the event that led to it")
    created_at: datetime


class ListAnswer(Answer):
    """A page of the list."""

    suppressions: list[Entry]
    next: str | None = Field(description="where the list goes on; null at its end")


class ProviderList(Answer):
    """What the provider's own list says."""

    list: str
    is_listed: bool | None = Field(description="null: unknown, as the provider did not answer")
    reason: SuppressionReason | None
    since: datetime | None
    fault: str | None


class HistoryEntry(Answer):
    """A change of the list."""

    change: str = Field(description="added, changed or removed")
    reason: SuppressionReason
    changed_at: datetime
    changed_by: str | None = Field(description="null: an event, the sender, or a provider's list")
    cause: str | None
    note: str | None
    message_id: UUID | None
    event_key: UUID | None


class LastMessage(Answer):
    """One of the last messages to the address."""

    message_id: UUID
    channel: Channel
    kind: Kind
    created_at: datetime
    status: MessageStatus
    cause: str | None
    cause_detail: str | None
    sent_at: datetime | None
    delivered_at: datetime | None
    bounced_at: datetime | None


class ExplanationAnswer(Answer):
    """Why nothing reaches an address, or that something may."""

    channel: Channel
    address: str
    blocks: dict[Kind, SuppressionReason | None] = Field(
        description="why a message of each kind would not be sent; null: ours does not keep it"
    )
    suppressions: list[Entry]
    provider: ProviderList
    soft_bounce_days: list[date] = Field(description="on which mail bounced softly (UTC)")
    history: list[HistoryEntry] = Field(description="the last change first")
    messages: list[LastMessage] = Field(description="the last first")


class ChangeAnswer(Answer):
    """What came of a change."""

    channel: Channel
    address: str
    removed: list[SuppressionReason]
    still: list[SuppressionReason] = Field(description="what the list holds from now on")
    provider: ProviderList
