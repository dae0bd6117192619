"""The events every provider's report is read into.

The type names are the providers' own (SES event publishing; End User Messaging SMS, "Event
types"), in one flat enum. A type that is not in it is kept under its own name as ``UNKNOWN``:
providers add types whenever they like, and none of them may stop the rest.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from message_tracker.core.domain.message import AttemptId, Channel, MessageId
from message_tracker.core.domain.status import MessageStatus

Scalar = str | int | float | bool
Details = dict[str, Scalar]
"""Facts beside the columns: flat, without nulls, and always storable as ``jsonb``."""


class EventType(StrEnum):
    """What happened, in the provider's own words."""

    SEND = "Send"
    REJECT = "Reject"
    BOUNCE = "Bounce"
    COMPLAINT = "Complaint"
    DELIVERY = "Delivery"
    OPEN = "Open"
    CLICK = "Click"
    RENDERING_FAILURE = "Rendering Failure"  # with a blank, unlike every other
    DELIVERY_DELAY = "DeliveryDelay"
    SUBSCRIPTION = "Subscription"

    TEXT_SENT = "TEXT_SENT"  # in the API's enum, yet "not supported" by its guide
    TEXT_PENDING = "TEXT_PENDING"
    TEXT_QUEUED = "TEXT_QUEUED"
    TEXT_SUCCESSFUL = "TEXT_SUCCESSFUL"  # taken by the carrier; where receipts end, the last word
    TEXT_DELIVERED = "TEXT_DELIVERED"
    TEXT_INVALID = "TEXT_INVALID"
    TEXT_INVALID_MESSAGE = "TEXT_INVALID_MESSAGE"
    TEXT_UNREACHABLE = "TEXT_UNREACHABLE"
    TEXT_CARRIER_UNREACHABLE = "TEXT_CARRIER_UNREACHABLE"
    TEXT_BLOCKED = "TEXT_BLOCKED"
    TEXT_CARRIER_BLOCKED = "TEXT_CARRIER_BLOCKED"
    TEXT_SPAM = "TEXT_SPAM"
    TEXT_UNKNOWN = "TEXT_UNKNOWN"  # no receipt came within 72 hours
    TEXT_TTL_EXPIRED = "TEXT_TTL_EXPIRED"
    TEXT_PROTECT_BLOCKED = "TEXT_PROTECT_BLOCKED"

    UNKNOWN = "UNKNOWN"  # any other: `type_name` keeps its name


class DeliveryEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One report about one message; ``event_key`` is the same on every route and every repeat."""

    event_key: UUID
    channel: Channel
    event_type: EventType
    type_name: str  # the provider's own, also when it is UNKNOWN to us
    occurred_at: datetime  # when it happened at the provider, to the millisecond
    message_id: MessageId | None  # ours: SES tag or SMS context `mt_id`
    attempt_id: AttemptId | None  # ours: `mt_attempt`
    provider_message_id: str | None
    recipients: tuple[str, ...]  # whom it concerns, as far as the event tells
    status: MessageStatus | None  # what the message's status is joined with; None: nothing
    is_final: bool  # the provider means to report no further delivery status
    cause: str | None  # groups failures and delays: "Bounce/Permanent/General", "TEXT_SPAM"
    details: Details

    def __repr__(self) -> str:
        """Name the event and leave out the person."""
        return f"DeliveryEvent({self.type_name!r}, {self.occurred_at:%FT%T%z}, {self.event_key})"


class AccountEvent(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something an EventBridge source tells of the account, a tenant or a registration."""

    event_key: UUID
    occurred_at: datetime
    source: str
    detail_type: str
    detail: Details


Event = DeliveryEvent | AccountEvent
