"""What a callback says: a type, a time and the facts, as JSON.

Versioned: a field may be added within a version, and none is taken away or changes its meaning.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

API_VERSION: Final = "1"

ALL: Final = "*"
"""In the place of a type: every type, also those that a later version adds."""


class CallbackType(StrEnum):
    """What a callback tells of: a status that a message came to, or what a person did with it."""

    STOPPED = "message.stopped"
    EXPIRED = "message.expired"
    SUPPRESSED = "message.suppressed"
    FAILED = "message.failed"
    UNCONFIRMED = "message.unconfirmed"
    SENT = "message.sent"
    DELAYED = "message.delayed"
    REJECTED = "message.rejected"
    UNDELIVERED = "message.undelivered"
    DELIVERED = "message.delivered"
    BOUNCED = "message.bounced"
    COMPLAINED = "message.complained"
    OPENED = "message.opened"
    CLICKED = "message.clicked"
    UNSUBSCRIBED = "message.unsubscribed"
    TEST = "webhook.test"


@dataclass(frozen=True, slots=True)
class CallbackMessage:
    """The message a callback is about, and the facts of what happened to it."""

    message_id: UUID
    group_id: UUID
    channel: str
    kind: str
    user_id: str | None
    report_type: str | None
    status: str | None  # what the event says, not what all events together came to
    is_final: bool
    event_type: str | None  # the provider's own name; None: we did it ourselves
    cause: str | None
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the callback's `data`."""
        return {
            "message_id": str(self.message_id),
            "group_id": str(self.group_id),
            "channel": self.channel,
            "kind": self.kind,
            "user_id": self.user_id,
            "report_type": self.report_type,
            "status": self.status,
            "is_final": self.is_final,
            "event_type": self.event_type,
            "cause": self.cause,
            "details": dict(self.details),
        }


@dataclass(frozen=True, slots=True)
class Callback:
    """One thing to tell.

    Args:
        callback_id: the same at every attempt, and at every endpoint.
        type: a `CallbackType`, or that of an older version.
        sequence: grows with the order in which we learned of things, not with that of the calls.
        occurred_at: when it happened.
        message: None of a test.
    """

    callback_id: UUID
    type: str
    sequence: int
    occurred_at: datetime
    message: CallbackMessage | None

    def body(self) -> str:
        """Return the JSON that is signed and posted."""
        return json.dumps(
            {
                "type": self.type,
                "api_version": API_VERSION,
                "timestamp": self.occurred_at.isoformat(timespec="milliseconds"),
                "sequence": self.sequence,
                "data": self.message.to_json() if self.message else {},
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
