"""Events that are stored together, and what was found among them that is none."""

import json
from base64 import b64encode
from dataclasses import dataclass, field

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import (
    AccountEvent,
    DeliveryEvent,
    Event,
    EventType,
)

_MOST_RECORDS = 2_000
_MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Refused:
    """Bytes of an object that are no event, and why."""

    offset: int
    raw: bytes = field(repr=False)
    reason: str

    def line(self, bucket: str, key: str) -> bytes:
        """Return the line of the quarantine file: all that a later replay needs."""
        said = {
            "bucket": bucket,
            "key": key,
            "offset": self.offset,
            "reason": self.reason,
            "base64": b64encode(self.raw).decode(),
        }
        return json.dumps(said).encode() + b"\n"


@dataclass(slots=True)
class Batch:
    """What one transaction stores; `end` is the offset after the last record."""

    end: int = 0
    delivery_events: list[DeliveryEvent] = field(default_factory=list)
    account_events: list[AccountEvent] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    records: int = 0
    size: int = 0

    @property
    def is_full(self) -> bool:
        """Whether it should be stored before more is read."""
        return self.records >= _MOST_RECORDS or self.size >= _MOST_BYTES

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        return not (self.delivery_events or self.account_events)

    @property
    def unknown_types(self) -> int:
        """How many events are of a type this version does not know."""
        return sum(event.event_type is EventType.UNKNOWN for event in self.delivery_events)

    def read(self, offset: int, raw: bytes) -> None:
        """Add a record of an object; one that is no event is refused, and the rest goes on."""
        self.end = offset + len(raw)
        self.records += 1
        self.size += len(raw)
        try:
            event = parse_event(raw)
        except Unparseable as error:
            self.refused.append(Refused(offset, raw, str(error)))
        else:
            self.add(event)

    def add(self, event: Event | None) -> None:
        """Add an event; None reports nothing."""
        if isinstance(event, DeliveryEvent):
            self.delivery_events.append(event)
        elif event is not None:
            self.account_events.append(event)
