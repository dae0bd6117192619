"""Reads an object of the archive into the database, batch by batch.

Each batch and the place where it ends are one transaction. A crash or a timeout loses at most the
batch in hand, and whoever is told of the object again goes on from there. What is no event goes to
the quarantine, before the transaction that steps over it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.ports import ObjectStore
from message_tracker.core.store import event_objects, events
from message_tracker.core.store.database import Database
from message_tracker.core.store.event_objects import ArchivedObject, Progress
from message_tracker.event_processor.archive_records import archive_lines
from message_tracker.event_processor.batch import Batch
from message_tracker.event_processor.collection import paused_collection
from message_tracker.event_processor.decompression import decompressed
from message_tracker.event_processor.reading import Reading, readings
from message_tracker.event_processor.tally import Tally


@dataclass(frozen=True, slots=True)
class Archive:
    """Reads objects once each; see `read`."""

    database: Database
    objects: ObjectStore
    quarantine_prefix: str
    soft_bounce_days: int = 0

    def read(self, archived: ArchivedObject, *, is_forced: bool = False) -> Tally:
        """Store the object's events, from where reading stopped; a finished one is left alone.

        Args:
            archived: The object to read.
            is_forced: Read from the beginning, finished or not: events are stored once anyway.

        Raises:
            Unparseable: The object is damaged gzip; whole records before the damage are stored.
            Unavailable: The object or the database cannot be reached now.
        """
        progress = event_objects.begin(self.database, archived, is_forced=is_forced)
        tally = Tally()
        if progress.is_finished:
            return tally
        with self.objects.open(archived.bucket, archived.key) as stream, paused_collection():
            lines = archive_lines(decompressed(stream), progress.read_bytes)
            for batch, is_last in _batches(readings(lines), progress.read_bytes):
                progress = _after(progress, batch, is_finished=is_last)
                tally += self._store(archived, batch, progress)
        return tally

    def _store(self, archived: ArchivedObject, batch: Batch, progress: Progress) -> Tally:
        self._quarantine(archived, batch)
        with self.database.transaction() as cursor:
            ingested = events.ingest_columns(
                cursor, batch.columns, soft_bounce_days=self.soft_bounce_days
            )
            events.append_account_events(cursor, batch.account_events)
            event_objects.advance(cursor, archived, progress)
        return Tally.of(batch, ingested)

    def _quarantine(self, archived: ArchivedObject, batch: Batch) -> None:
        """Keep the refused bytes; named by their offset, so that a repeat replaces the file."""
        if batch.refused:
            name = f"{self.quarantine_prefix}{archived.key}/{batch.refused[0].offset:012}.jsonl"
            lines = [refused.line(archived.bucket, archived.key) for refused in batch.refused]
            self.objects.put(
                archived.bucket, name, b"".join(lines), content_type="application/x-ndjson"
            )


def _batches(found: Iterable[Reading], start: int) -> Iterator[tuple[Batch, bool]]:
    """Yield full batches, and the rest as the last; before a damage, the rest is not the last."""
    batch = Batch(start=start, end=start)
    try:
        for end, event in found:
            batch.read(end, event)
            if batch.is_full:
                yield batch, False
                batch = Batch(start=batch.end, end=batch.end)
    except Unparseable:
        yield batch, False
        raise
    yield batch, True


def _after(progress: Progress, batch: Batch, *, is_finished: bool) -> Progress:
    return Progress(
        read_bytes=batch.end,
        events=progress.events + batch.events,
        quarantined=progress.quarantined + len(batch.refused),
        is_finished=is_finished,
    )
