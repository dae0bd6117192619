"""Imports: claimed by one importer at a time, stored batch by batch.

A batch's messages and the place after it are one transaction, which first makes sure that nobody
else has read on from where the batch begins: no crash, and no second importer, loses or doubles a
recipient. Whom an object names twice is found by the hashes of those before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.api_key import Caller
from message_tracker.core.domain.list_source import AudienceSource, ListSource, ObjectSource
from message_tracker.core.domain.message import Channel, ContentId, GroupId
from message_tracker.core.domain.recipient_import import ImportState
from message_tracker.core.domain.recipient_list import Place
from message_tracker.core.domain.submission import NewMessage, Submission
from message_tracker.core.store.api_keys import caller_of, charge_messages
from message_tracker.core.store.database import Database
from message_tracker.core.store.intake import insert_messages
from message_tracker.core.store.queries import queries

_QUERIES = queries("imports")
_HASHES_AT_ONCE: Final = 50_000


@dataclass(frozen=True, slots=True)
class ImportJob:
    """An import as an importer claims it; `source` is None when the audience has gone."""

    import_id: UUID
    caller: Caller
    group_id: GroupId
    state: ImportState
    source: ListSource | None
    body: Mapping[str, Any]
    content_ids: Mapping[Channel, ContentId]
    place: Place
    last_member: tuple[Channel, str] | None
    attempts: int
    accepted_at: datetime


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """What some lines of a list came to.

    `refusals` are pairs of a line and why; `skipped` counts recipients of a channel that the
    request is not for.
    """

    submission: Submission
    refusals: Sequence[tuple[int, str]]
    skipped: int
    end: Place
    last_member: tuple[Channel, str] | None


class NoRoom(Exception):
    """The key's rate of messages is used up; nothing was stored.

    Args:
        wait: until there is room again.
    """

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"no room for {wait}")
        self.wait = wait


class Imports:
    """The imports of one deployment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, *, now: datetime, until: datetime) -> ImportJob | None:
        """Take an import that is not finished and that nobody works on; None: there is none."""
        parameters = {"now": now, "claimed_until": until}
        rows = self._database.fetch(_QUERIES["claim_import"], parameters)
        return _job(rows[0]) if rows else None

    def store(
        self, job: ImportJob, batch: ImportBatch, *, now: datetime, until: datetime
    ) -> Sequence[NewMessage] | None:
        """Store a batch and the place after it, and return the messages that are new.

        While the lines are only checked there are none.

        Args:
            job: the import, at the place where the batch begins.
            batch: what was read.
            now: the present.
            until: how long the import is kept for this importer.

        Raises:
            NoRoom: the key's rate of messages is used up.

        Returns:
            None if somebody else has read on from there, or the group is no longer active.
        """
        with self._database.transaction() as cursor:
            if not self._lock(cursor, job):
                return None
            messages = self._accept(cursor, job, batch, now)
            self._refuse(cursor, job, batch)
            cursor.execute(_QUERIES["advance_import"], _progress(job, batch, messages, until))
        return messages

    def end_check(self, job: ImportJob, now: datetime) -> ImportJob | None:
        """Return the job that imports what was checked; None if a line was refused."""
        rows = self._database.fetch(_QUERIES["end_check"], {"import_id": job.import_id, "now": now})
        if not rows or rows[0]["state"] != ImportState.IMPORTING:
            return None
        return replace(job, state=ImportState.IMPORTING, place=Place(), last_member=None)

    def finish(self, job: ImportJob, state: ImportState, reason: str | None, now: datetime) -> None:
        """End an import, and let go of the hashes of its recipients."""
        parameters = {"import_id": job.import_id, "most": _HASHES_AT_ONCE}
        while self._database.fetch(_QUERIES["forget_recipients"], parameters):
            pass
        parameters = {"import_id": job.import_id, "state": state, "reason": reason, "now": now}
        self._database.fetch(_QUERIES["finish_import"], parameters)

    def release(self, job: ImportJob, until: datetime | None = None) -> None:
        """Let the next importer go on, at once or from a time on."""
        parameters = {"import_id": job.import_id, "claimed_until": until}
        self._database.fetch(_QUERIES["release_import"], parameters)

    def find(self, import_id: UUID) -> Mapping[str, Any] | None:
        """Return an import as its caller sees it, or None."""
        rows = self._database.fetch(_QUERIES["import_by_id"], {"import_id": import_id})
        return rows[0] if rows else None

    def refusals(self, import_id: UUID, *, after: int, most: int) -> list[Mapping[str, Any]]:
        """Return the next refused lines, at most so many."""
        parameters = {"import_id": import_id, "after": after, "most": most}
        return list(self._database.fetch(_QUERIES["refusals_after"], parameters))

    def _lock(self, cursor: Cursor[DictRow], job: ImportJob) -> bool:
        parameters = {
            "import_id": job.import_id,
            "state": job.state,
            "read_bytes": job.place.offset,
            "read_lines": job.place.line,
        }
        return cursor.execute(_QUERIES["lock_import"], parameters).fetchone() is not None

    def _accept(
        self, cursor: Cursor[DictRow], job: ImportJob, batch: ImportBatch, now: datetime
    ) -> Sequence[NewMessage]:
        if job.state is ImportState.CHECKING:
            return ()
        messages = batch.submission.messages
        _charge(cursor, job.caller, len(messages))
        if isinstance(job.source, ObjectSource):  # an audience has each address once
            messages = _named_first(cursor, job, messages)
        messages = [replace(one, content_id=job.content_ids[one.channel]) for one in messages]
        if messages:
            insert_messages(
                cursor,
                replace(batch.submission, messages=messages),
                job.group_id,
                now,
                is_test=job.caller.is_test,
            )
        return messages

    def _refuse(self, cursor: Cursor[DictRow], job: ImportJob, batch: ImportBatch) -> None:
        if batch.refusals:
            parameters = {
                "import_id": job.import_id,
                "lines": [line for line, _ in batch.refusals],
                "details": [detail for _, detail in batch.refusals],
            }
            cursor.execute(_QUERIES["insert_refusals"], parameters)


def _charge(cursor: Cursor[DictRow], caller: Caller, messages: int) -> None:
    if caller.messages_per_second is None or not messages:
        return
    if wait := charge_messages(cursor, caller, messages):
        raise NoRoom(wait)


def _job(row: DictRow) -> ImportJob:
    contents = {Channel.EMAIL: row["email_content_id"], Channel.TEXT: row["text_content_id"]}
    last = row["last_channel"]
    return ImportJob(
        import_id=row["import_id"],
        caller=caller_of(row),
        group_id=GroupId(row["group_id"]),
        state=ImportState(row["state"]),
        source=_source(row),
        body=row["body"],
        content_ids={channel: ContentId(id_) for channel, id_ in contents.items() if id_},
        place=Place(row["read_bytes"], row["read_lines"]),
        last_member=(Channel(last), row["last_address"]) if last else None,
        attempts=row["attempts"],
        accepted_at=row["created_at"],
    )


def _source(row: DictRow) -> ListSource | None:
    if row["bucket"] is not None:
        return ObjectSource(row["bucket"], row["object_key"], row["etag"])
    return AudienceSource(row["audience_id"]) if row["audience_id"] else None


def _named_first(
    cursor: Cursor[DictRow], job: ImportJob, messages: Iterable[NewMessage]
) -> list[NewMessage]:
    """Return those whose address the object has not named before."""
    by_hash = {_hash(message): message for message in reversed(list(messages))}
    parameters = {"import_id": job.import_id, "recipient_hashes": list(by_hash)}
    rows = cursor.execute(_QUERIES["remember_recipients"], parameters).fetchall()
    new = {row["recipient_hash"] for row in rows}
    return [message for each, message in reversed(by_hash.items()) if each in new]


def _hash(message: NewMessage) -> UUID:
    address = f"{message.channel}:{message.address}".encode()
    return UUID(bytes=blake2b(address, digest_size=16).digest())


def _progress(
    job: ImportJob, batch: ImportBatch, messages: Sequence[NewMessage], until: datetime
) -> dict[str, Any]:
    is_checked_only = job.state is ImportState.CHECKING
    channel, address = batch.last_member or (None, None)
    asked = len(batch.submission.messages)
    return {
        "import_id": job.import_id,
        "read_bytes": batch.end.offset,
        "read_lines": batch.end.line,
        "last_channel": channel,
        "last_address": address,
        "accepted": len(messages),
        "duplicates": 0 if is_checked_only else asked - len(messages),
        "skipped": batch.skipped,
        "refused": len(batch.refusals),
        "claimed_until": until,
    }
