"""What is answered of groups."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from message_tracker.api.models.answer import Answer
from message_tracker.core.domain.message import Channel, GroupState
from message_tracker.core.domain.status import MessageStatus


class Counts(Answer):
    """How many messages stand where."""

    total: int
    segments: int = Field(description="of the SMS among them")
    statuses: dict[MessageStatus, int] = Field(description="without those that are 0")


class GroupAnswer(Counts):
    """A group with its counts: in all, and per channel."""

    group_id: UUID
    name: str | None
    state: GroupState
    created_at: datetime
    channels: dict[Channel, Counts]


class OrderAnswer(Answer):
    """What came of an order to a group."""

    group_id: UUID
    state: GroupState = Field(description="from now on")
    messages: int = Field(description="that this call has stopped, revived or let go on")
    is_complete: bool = Field(description="false: the rest follows within minutes")
