"""The use case: what the archive holds and was never read, because its notification was lost.

S3 announces an object once, by EventBridge, to a queue: each may lose it. So each day the archive's
last days are compared with what was read, and the rest is read now, the oldest first. Whether the
notification comes late or a reader is at work meanwhile does not matter: events are stored once.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from message_tracker.core.domain.errors import MessageTrackerError
from message_tracker.core.ports import ObjectStore
from message_tracker.core.store.database import Database
from message_tracker.core.store.event_objects import ArchivedObject, unfinished
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.tally import Tally

_COMPARED_AT_ONCE = 1_000
# By then the queue has tried an object ten times over, or is still at it.
_ANNOUNCED_WITHIN = timedelta(hours=2)


@dataclass(slots=True)
class Taken:
    """What an inventory found."""

    listed: int = 0
    missed: int = 0  # listed, and not read to their end
    read: int = 0  # of the missed
    failures: dict[str, MessageTrackerError] = field(default_factory=dict)  # by key
    tally: Tally = field(default_factory=Tally)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Compares and reads.

    Args:
        database: where the reading is accounted for.
        objects: the archive.
        archive: reads an object.
        bucket: the archive's bucket.
        prefixes: below each, keys begin with the day they were written, as ``2026/03/01/``.
        days: how many days back to look, today not counted.
        now: the clock.
    """

    database: Database
    objects: ObjectStore
    archive: Archive
    bucket: str
    prefixes: Sequence[str]
    days: int
    now: Callable[[], datetime]

    def take(self, until: datetime) -> Taken:
        """Compare, and read what was missed; begins no object after `until`.

        An object that cannot be read is reported, and the next one goes on.
        """
        taken = Taken()
        missed: list[ArchivedObject] = []
        for listed in self._listed():
            taken.listed += len(listed)
            missed += unfinished(self.database, listed)
        taken.missed = len(missed)
        for archived in missed:
            if self.now() >= until:
                break
            self._read(archived, taken)
        return taken

    def _read(self, archived: ArchivedObject, taken: Taken) -> None:
        try:
            taken.tally += self.archive.read(archived)
        except MessageTrackerError as error:
            taken.failures[archived.key] = error
        else:
            taken.read += 1

    def _listed(self) -> Iterator[list[ArchivedObject]]:
        """Yield the objects that should have been read by now, some at a time."""
        announced_before = self.now() - _ANNOUNCED_WITHIN
        found: list[ArchivedObject] = []
        for prefix in self._days():
            for each in self.objects.list(self.bucket, prefix):
                if each.modified_at < announced_before:
                    found.append(ArchivedObject(each.bucket, each.key, each.etag))
                if len(found) == _COMPARED_AT_ONCE:
                    yield found
                    found = []
        yield found

    def _days(self) -> Iterator[str]:
        today = self.now()
        for back in range(self.days, -1, -1):
            for prefix in self.prefixes:
                yield f"{prefix}{today - timedelta(days=back):%Y/%m/%d}/"
