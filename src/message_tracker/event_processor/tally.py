"""What came of reading: counts and a time for the metrics, never contents."""

from dataclasses import dataclass, field
from datetime import datetime

from message_tracker.core.store.events import Ingested
from message_tracker.event_processor.batch import Batch


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one or several batches; they add up."""

    events: int = 0  # read, new or not
    matched: int = 0  # new, with their message
    unmatched: int = 0  # new, about no message we know
    unknown_types: int = 0
    quarantined: int = 0
    callbacks: int = 0  # owed to webhooks
    earliest_at: datetime | None = field(default=None, compare=False)  # of all events' times

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(
            events=self.events + other.events,
            matched=self.matched + other.matched,
            unmatched=self.unmatched + other.unmatched,
            unknown_types=self.unknown_types + other.unknown_types,
            quarantined=self.quarantined + other.quarantined,
            callbacks=self.callbacks + other.callbacks,
            earliest_at=min(
                (each.earliest_at for each in (self, other) if each.earliest_at), default=None
            ),
        )

    @staticmethod
    def of(batch: Batch, ingested: Ingested) -> "Tally":
        """Return the counts of a stored batch."""
        return Tally(
            events=batch.events,
            matched=ingested.matched,
            unmatched=ingested.unmatched,
            unknown_types=batch.unknown_types,
            quarantined=len(batch.refused),
            callbacks=ingested.callbacks,
            earliest_at=batch.columns.earliest_at,
        )
