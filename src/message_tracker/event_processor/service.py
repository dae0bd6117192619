"""The use case: everything the event queue brings, into the database.

The single events of a delivery are stored together, by one statement; objects one after another.
What one of them comes to is no other's concern.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.store import events
from message_tracker.core.store.database import Database
from message_tracker.core.store.event_objects import ArchivedObject
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.batch import Batch
from message_tracker.event_processor.bodies import is_own, read_body
from message_tracker.event_processor.tally import Tally

REPORT_PREFIX = "reports/"
OWN_PREFIX = "events/own/"


@dataclass(slots=True)
class Processed:
    """What came of a delivery of the queue: the counts, and which of its messages failed of what.

    `failures` are by `sqs_message_id`.
    """

    tally: Tally = field(default_factory=Tally)
    failures: dict[str, Exception] = field(default_factory=dict)

    @contextmanager
    def attempt(self, sqs_message_ids: Iterable[str]) -> Iterator[None]:
        """Let these messages fail, and no other, of what happens inside."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a fault met in one must not cost the others
            self.failures |= dict.fromkeys(sqs_message_ids, error)


@dataclass(frozen=True, slots=True)
class EventProcessor:
    """Processes deliveries of the event queue; of buckets, it reads the archive's only."""

    database: Database
    archive: Archive
    archive_bucket: str

    def process(self, bodies: Mapping[str, str]) -> Processed:
        """Process the bodies, by their `sqs_message_id`; never raises for any of them."""
        processed = Processed()
        batch, batched = Batch(), list[str]()
        hits: list[tuple[datetime, str]] = []
        for sqs_message_id, body in bodies.items():
            with processed.attempt([sqs_message_id]):
                reported = read_body(body)
                if isinstance(reported, ArchivedObject):
                    processed.tally += self._read(reported)
                else:
                    batch.add(reported)
                    if isinstance(reported, DeliveryEvent) and is_own(body):
                        hits.append((reported.occurred_at, body))
                    batched.append(sqs_message_id)
        with processed.attempt(batched):
            self._archive_own(hits)
            processed.tally += self._store(batch)
        return processed

    def _read(self, archived: ArchivedObject) -> Tally:
        if archived.bucket != self.archive_bucket:
            raise ConfigurationFault(
                f"the event queue tells of bucket {archived.bucket}, and MT_ARCHIVE_BUCKET is"
                f" {self.archive_bucket}: narrow the rule's pattern"
            )
        if archived.key.startswith((self.archive.quarantine_prefix, REPORT_PREFIX)):
            return Tally()
        return self.archive.read(archived)

    def _archive_own(self, hits: Sequence[tuple[datetime, str]]) -> None:
        """Keep hits on our own links in the archive, which nobody else puts there.

        Before they are stored, and named by what they are: a repeat replaces the object.
        """
        if not hits:
            return
        body = "".join(f"{hit}\n" for _, hit in hits).encode()
        first = min(occurred_at for occurred_at, _ in hits)
        name = f"{OWN_PREFIX}{first:%Y/%m/%d/%H}/{sha256(body).hexdigest()[:32]}.jsonl"
        self.archive.objects.put(
            self.archive_bucket, name, body, content_type="application/x-ndjson"
        )

    def _store(self, batch: Batch) -> Tally:
        if batch.is_empty:
            return Tally()
        with self.database.transaction() as cursor:
            ingested = events.ingest_columns(
                cursor, batch.columns, soft_bounce_days=self.archive.soft_bounce_days
            )
            events.append_account_events(cursor, batch.account_events)
        return Tally.of(batch, ingested)
