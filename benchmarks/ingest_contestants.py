"""Ways to bring archived events into Postgres: ours, the floor under it, and the naive one."""

import json
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from itertools import chain
from typing import BinaryIO
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import tuple_row

from benchmarks.event_data import START, Traffic
from message_tracker.core.domain.message import Channel
from message_tracker.core.ports import StoredObject
from message_tracker.core.store.database import Database
from message_tracker.core.store.event_columns import EncodedEvent
from message_tracker.core.store.event_objects import ArchivedObject
from message_tracker.core.store.migrations import migrate
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.archive_records import archive_lines
from message_tracker.event_processor.batch import Batch
from message_tracker.event_processor.collection import paused_collection
from message_tracker.event_processor.decompression import decompressed
from message_tracker.event_processor.reading import readings

_SENT = """
WITH grouped AS (
    INSERT INTO message_group (group_id) VALUES (%(group_id)s::uuid) RETURNING group_id
), said AS (
    INSERT INTO message_content (content_id, is_template) VALUES (%(group_id)s::uuid, false)
    RETURNING content_id
), written AS (
    INSERT INTO message (
               message_id, group_id, content_id, channel, kind, recipient, segments,
               on_unconfirmed, send_at
           )
    SELECT message_id, group_id, content_id, %(channel)s::channel, 'transactional',
           'person-' || message_id || '@example.com',
           CASE %(channel)s::channel WHEN 'text' THEN 1 ELSE 0 END, 'hold', now()
      FROM grouped, said, unnest(%(message_ids)s::uuid[]) AS message_id
)
INSERT INTO message_state (
           message_id, group_id, channel, status, attempts, provider_message_id, sent_at
       )
SELECT message_id, %(group_id)s::uuid, %(channel)s::channel, 'sent', 1, provider_id, now()
  FROM unnest(%(message_ids)s::uuid[], %(provider_ids)s::text[]) AS sent (message_id, provider_id)
"""
_FLOOR = """
CREATE TABLE floor_event (
    event_key uuid, occurred_at timestamptz, message_id uuid, provider_message_id text,
    channel smallint, event_type text, status smallint, is_final boolean, cause text, effect text,
    details text
)
"""
_NAIVE = """
CREATE TABLE naive_message (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, provider_id text UNIQUE, status text
);
CREATE INDEX ON naive_message (status);
INSERT INTO naive_message (provider_id, status)
SELECT provider_message_id, 'sent' FROM message_state;
CREATE TABLE naive_event (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, message_id bigint, type text, at text,
    payload jsonb
);
CREATE INDEX ON naive_event (message_id, type, at);
"""
# COPY's binary form: a signature, no flags, no extension; each row is led by its column count.
_COPY_HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_COPY_ROW = b"\0\x0b"
_COPY_END = b"\xff\xff"


class _InMemory:
    """The archive's objects, by number."""

    def __init__(self, traffic: Traffic) -> None:
        self._objects = traffic.objects

    def list(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        raise AssertionError(f"{bucket}/{prefix}: nobody should look for objects")

    def open(self, bucket: str, key: str) -> BinaryIO:
        del bucket
        return BytesIO(self._objects[int(key)])

    def put(self, bucket: str, key: str, body: bytes | BinaryIO, *, content_type: str) -> None:
        del body
        raise AssertionError(f"{bucket}/{key}: {content_type} refused")


def prepare(url: str, traffic: Traffic) -> None:
    """Bring a database to the schema, with the known messages as a sender has left them."""
    database = Database(lambda: url)
    migrate(database, now=START)
    for channel, known in (
        (Channel.EMAIL, traffic.known_emails),
        (Channel.TEXT, traffic.known_texts),
    ):
        database.fetch(_SENT, _sent(channel, known))
    database.fetch(_FLOOR)
    with database.transaction() as cursor:
        cursor.execute(_NAIVE)
    database.fetch("VACUUM ANALYZE")
    database.close()


def _sent(channel: Channel, known: dict[UUID, str]) -> dict[str, object]:
    return {
        "channel": channel,
        "group_id": uuid4(),
        "message_ids": list(known),
        "provider_ids": list(known.values()),
    }


def ours(database: Database, traffic: Traffic) -> Callable[[], None]:
    """Read every object as the event processor does."""
    archive = Archive(database, _InMemory(traffic), "quarantine/")

    def run() -> None:
        for number in range(len(traffic.objects)):
            archive.read(ArchivedObject("archive", str(number), "etag"))

    return run


def floor(database: Database, traffic: Traffic) -> Callable[[], None]:
    """Inflate, decode, deduplicate and project as ours, then COPY: no index, no status."""

    def run() -> None:
        with paused_collection():
            for batch in chain.from_iterable(map(batches, traffic.objects)):
                with (
                    database.transaction() as cursor,
                    cursor.copy("COPY floor_event FROM STDIN (FORMAT binary)") as copy,
                ):
                    copy.write(_copied(batch.columns.rows))

    return run


def batches(archived: bytes) -> Iterator[Batch]:
    """Yield an object's events as the event processor stores them."""
    batch = Batch()
    for end, found in readings(archive_lines(decompressed(BytesIO(archived)))):
        batch.read(end, found)
        if batch.is_full:
            yield batch
            batch = Batch(start=end, end=end)
    yield batch


def _copied(events: Iterable[EncodedEvent]) -> bytes:
    # Without what comes last: of the three, messages keep two, and of others' mail only the third.
    rows = [_COPY_ROW + b"".join(event[:-3]) for event in events]
    return b"".join([_COPY_HEADER, *rows, _COPY_END])


def naive(connection: psycopg.Connection, lines: Iterable[bytes]) -> Callable[[], None]:
    """Select, insert and update, event by event, a transaction each."""

    def run() -> None:
        cursor = connection.cursor(row_factory=tuple_row)
        for line in lines:
            record = json.loads(line)
            mail = record.get("mail", record)
            part = next((each for each in record.values() if isinstance(each, dict)), {})
            at = str(part.get("timestamp") or record.get("eventTimestamp") or mail["timestamp"])
            with connection.transaction():
                _store(cursor, mail["messageId"], record["eventType"], at, line.decode())

    return run


def _store(
    cursor: psycopg.Cursor[tuple[object, ...]], provider_id: str, kind: str, at: str, payload: str
) -> None:
    found = cursor.execute(
        "SELECT id FROM naive_message WHERE provider_id = %s", (provider_id,)
    ).fetchone()
    message_id = found[0] if found else None
    known = cursor.execute(
        "SELECT 1 FROM naive_event WHERE message_id = %s AND type = %s AND at = %s",
        (message_id, kind, at),
    ).fetchone()
    if known is None:
        cursor.execute(
            "INSERT INTO naive_event (message_id, type, at, payload) VALUES (%s, %s, %s, %s)",
            (message_id, kind, at, payload),
        )
        cursor.execute("UPDATE naive_message SET status = %s WHERE id = %s", (kind, message_id))
