"""What is answered of groups."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from message_tracker.api.models.answer import Answer, Query
from message_tracker.core.domain.message import Channel, GroupState
from message_tracker.core.domain.send_request import Name
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.domain.validation import Strict

_Share = Annotated[float, Field(gt=0, le=1)]
_LATEST: Final = UUID(int=(1 << 128) - 1)


class GroupsQuery(Query):
    """Which groups to list."""

    before: UUID = Field(_LATEST, description="list those made before this one")
    limit: int = Field(50, ge=1, le=100)
    named: bool = Field(default=False, description="leave out those without a name")


class GroupChange(Strict):
    """Options of a group; null takes one away."""

    segment_budget: int | None = Field(
        None, ge=0, le=2**31 - 1, description="SMS segments it takes in at most"
    )
    halt_bounce_share: _Share | None = Field(
        None, description="of its e-mails: more permanent bounces pause it; 1 never does"
    )
    halt_complaint_share: _Share | None = Field(
        None, description="of its e-mails: more complaints pause it; 1 never does"
    )


class NewGroup(GroupChange):
    """A group to be made."""

    name: Name


class Counts(Answer):
    """How many messages stand where."""

    total: int
    segments: int = Field(description="of the SMS among them")
    statuses: dict[MessageStatus, int] = Field(description="without those that are 0")
    opened: int = Field(description="messages that people opened")
    clicked: int
    unsubscribed: int
    messages_per_second: float = Field(description="sent, over the last minute")
    segments_per_second: float
    estimated_finish_at: datetime | None = Field(
        description="of what is queued, at that rate; null: nothing is, or nothing goes out"
    )


class Halt(Answer):
    """A pause that nobody ordered."""

    at: datetime
    reason: str


class GroupAnswer(Counts):
    """A group with its counts: in all, and per channel."""

    group_id: UUID
    name: str | None
    state: GroupState
    created_at: datetime
    segment_budget: int | None
    halt_bounce_share: float | None
    halt_complaint_share: float | None
    halted: Halt | None = Field(
        description="null, unless it was paused for its bounces or complaints"
    )
    channels: dict[Channel, Counts]


class GroupsAnswer(Answer):
    """A page of groups, the latest first."""

    groups: list[GroupAnswer]
    next: str | None = Field(description="`before` of the next page; null on the last")


class OrderAnswer(Answer):
    """What came of an order to a group."""

    group_id: UUID
    state: GroupState = Field(description="from now on")
    messages: int = Field(description="that this call has stopped, revived or let go on")
    is_complete: bool = Field(description="false: the rest follows within minutes")
