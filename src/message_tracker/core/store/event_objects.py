"""Which objects of the archive were read, and how far: a timeout or a repeat costs nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("event_objects")


@dataclass(frozen=True, slots=True)
class ArchivedObject:
    """One object of the archive; another content under the same key has another etag."""

    bucket: str
    key: str
    etag: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an object was read.

    `read_bytes` are decompressed bytes; the counts are of the records before them.
    """

    read_bytes: int = 0
    events: int = 0
    quarantined: int = 0
    is_finished: bool = False


def begin(database: Database, archived: ArchivedObject, *, is_forced: bool = False) -> Progress:
    """Return how far an object was read; forced, it is as if it never was."""
    parameters = _key(archived) | {"is_forced": is_forced}
    return Progress(**database.fetch(_QUERIES["begin_object"], parameters)[0])


def unfinished(database: Database, archived: Sequence[ArchivedObject]) -> list[ArchivedObject]:
    """Return those that were not read to their end, in the order given."""
    if not archived:
        return []
    parameters = {
        "buckets": [each.bucket for each in archived],
        "object_keys": [each.key for each in archived],
        "etags": [each.etag for each in archived],
    }
    rows = database.fetch(_QUERIES["unfinished_objects"], parameters)
    return [ArchivedObject(row["bucket"], row["object_key"], row["etag"]) for row in rows]


def advance(cursor: Cursor[DictRow], archived: ArchivedObject, progress: Progress) -> None:
    """Note how far an object was read; call it in the transaction that stores what was read."""
    cursor.execute(
        _QUERIES["advance_object"],
        _key(archived)
        | {
            "read_bytes": progress.read_bytes,
            "events": progress.events,
            "quarantined": progress.quarantined,
            "is_finished": progress.is_finished,
        },
    )


def _key(archived: ArchivedObject) -> dict[str, str | int | bool]:
    return {"bucket": archived.bucket, "object_key": archived.key, "etag": archived.etag}
