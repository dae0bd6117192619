"""Events that are stored together, and what was found among them that is none."""

from dataclasses import dataclass, field

from message_tracker.core.domain.events.vocabulary import (
    AccountEvent,
    DeliveryEvent,
    Event,
    EventType,
)
from message_tracker.core.store.event_columns import EventColumns
from message_tracker.event_processor.reading import Refused

# A statement costs about as much as 300 more events in it, and whatever it stores is in memory.
_MOST_RECORDS = 5_000
_MOST_BYTES = 8 * 1024 * 1024


@dataclass(slots=True)
class Batch:
    """What one transaction stores; `end` is the offset after the last record."""

    end: int = 0
    columns: EventColumns = field(default_factory=EventColumns)  # of the delivery events
    account_events: list[AccountEvent] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    records: int = 0
    events: int = 0  # of either kind, with copies
    unknown_types: int = 0  # events of a type this version does not know
    start: int = 0

    @property
    def is_full(self) -> bool:
        """Whether it should be stored before more is read."""
        return self.records >= _MOST_RECORDS or self.end - self.start >= _MOST_BYTES

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        return not self.events

    def read(self, end: int, found: Event | Refused | None) -> None:
        """Add what a record of an object came to; it ends at `end`."""
        self.end = end
        self.records += 1
        if isinstance(found, Refused):
            self.refused.append(found)
        else:
            self.add(found)

    def add(self, event: Event | None) -> None:
        """Add an event; None reports nothing."""
        if event is None:
            return
        self.events += 1
        if isinstance(event, DeliveryEvent):
            self.columns.add(event)
            self.unknown_types += event.event_type is EventType.UNKNOWN
        else:
            self.account_events.append(event)
