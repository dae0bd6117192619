"""Letting go of data: by age, personal data first, or of one person."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from message_tracker.core.domain.events.keys import first_key
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("retention")
_MOST = 10_000  # rows one transaction changes, so that nobody waits long for a row


class Personal(StrEnum):
    """The personal data that is let go of row by row."""

    RECIPIENTS = "recipients"  # of messages, with what was said to them alone
    DETAILS = "details"  # of events


_FORGET = {
    Personal.RECIPIENTS: _QUERIES["forget_old_recipients"],
    Personal.DETAILS: _QUERIES["forget_old_details"],
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part begins: behind the row of this time and key."""

    at: datetime
    key: UUID


@dataclass(frozen=True, slots=True)
class Progress:
    """Of what was there at `looked_at`, nothing is left that is older than `done_before`."""

    done_before: datetime
    looked_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that were looked through: where they end, and how many lost something.

    `kept_since` is the time of the earliest that keeps it for now; None if all are done with.
    """

    end: Place
    forgotten: int
    kept_since: datetime | None


def forget_soft_bounces(database: Database, before: datetime) -> None:
    """Let go of addresses that have not bounced softly since then."""
    database.fetch(_QUERIES["forget_old_soft_bounces"], {"before": before})


def progress(database: Database, kind: Personal) -> Progress | None:
    """Return how far earlier runs have come; None if there was none."""
    rows = database.fetch(_QUERIES["retention_progress"], {"part": kind})
    return Progress(**rows[0]) if rows else None


def keep_progress(database: Database, kind: Personal, progress: Progress) -> None:
    """Keep how far this run has come."""
    database.fetch(_QUERIES["keep_retention_progress"], {"part": kind} | asdict(progress))


def lose_progress(database: Database, kind: Personal) -> None:
    """Have the next run look through all again, since old data may have come back."""
    database.fetch(_QUERIES["lose_retention_progress"], {"part": kind})


def earliest_late_event(database: Database, done: Progress) -> datetime | None:
    """Return the time of the earliest event that came when its time was done with already."""
    [row] = database.fetch(_QUERIES["earliest_late_event"], asdict(done))
    earliest: datetime | None = row["occurred_at"]
    return earliest


def forget(database: Database, kind: Personal, behind: Place, before: datetime) -> Part | None:
    """Take personal data off the next 10,000 rows.

    Args:
        database: where.
        kind: which data. A message that still waits to be sent keeps its recipient.
        behind: the place where they begin.
        before: only what was created, or happened, earlier.

    Returns:
        What was looked through; None when there is no more.
    """
    # An event's key begins with its time, and the index with the key.
    key = max(behind.key, first_key(behind.at)) if kind is Personal.DETAILS else behind.key
    parameters = {"behind_at": behind.at, "behind": key, "before": before, "most": _MOST}
    rows = database.fetch(_FORGET[kind], parameters)
    return _part(**rows[0]) if rows else None


def _part(at: datetime, key: UUID, forgotten: int, kept_since: datetime | None) -> Part:
    return Part(Place(at, key), forgotten, kept_since)


def forget_attachments(database: Database, before: datetime) -> None:
    """Let go of the files of settled messages created earlier."""
    database.fetch(_QUERIES["forget_old_attachments"], {"before": before})


def forget_throttling(database: Database, before: datetime) -> None:
    """Let go of when messages were held back before then."""
    database.fetch(_QUERIES["forget_old_throttling"], {"before": before})


def forget_letters(database: Database, before: datetime) -> None:
    """Empty the dead letters that came before then."""
    database.fetch(_QUERIES["forget_old_letters"], {"before": before})


def drop_events(database: Database, before: datetime) -> list[str]:
    """Drop the months of events that ended by then, and return the names of their tables."""
    rows = database.fetch(_QUERIES["drop_event_partitions"], {"before": before})
    return [row["name"] for row in rows]


def messages_of(database: Database, address: str) -> list[UUID]:
    """Return the messages that went to an address."""
    rows = database.fetch(_QUERIES["messages_of"], {"address": address})
    return [row["message_id"] for row in rows]


def forget_person(
    database: Database, address: str, message_ids: Sequence[UUID], *, with_suppression: bool
) -> Mapping[str, int]:
    """Take an address out of everything, and return how much there was of it.

    Args:
        database: where.
        address: of the person.
        message_ids: the messages that went there; see `messages_of`.
        with_suppression: also forget that nothing may be sent there.
    """
    parameters = {
        "address": address,
        "message_ids": list(message_ids),
        "with_suppression": with_suppression,
    }
    with database.transaction() as cursor:
        forgotten = cursor.execute(_QUERIES["forget_person"], parameters).fetchall()
        # Of its own: what the first statement deletes, the list's trigger records at its end.
        cursor.execute(_QUERIES["forget_suppression_changes"], {"address": address})
    return forgotten[0]
