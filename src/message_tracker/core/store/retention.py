"""Letting go of data: by age, personal data first, or of one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("retention")
_MOST = 10_000  # rows one transaction changes, so that nobody waits long for a row


@dataclass(frozen=True, slots=True)
class Part:
    """Events that were looked through: the last one's key, and how many lost their details."""

    last: UUID
    forgotten: int


def forget_soft_bounces(database: Database, before: datetime) -> None:
    """Let go of addresses that have not bounced softly since then."""
    database.fetch(_QUERIES["forget_old_soft_bounces"], {"before": before})


def forget_recipients(database: Database, before: datetime) -> int:
    """Take recipients and their data off the next settled messages created earlier.

    Returns how many, at most 10,000 a call; 0 when there are no more.
    """
    parameters = {"before": before, "most": _MOST}
    with database.transaction() as cursor:
        return cursor.execute(_QUERIES["forget_old_recipients"], parameters).rowcount


def forget_attachments(database: Database, before: datetime) -> None:
    """Let go of the files of settled messages created earlier."""
    database.fetch(_QUERIES["forget_old_attachments"], {"before": before})


def forget_details(database: Database, before: datetime, after: UUID) -> Part | None:
    """Take the details off the next 10,000 events after a key that happened before then.

    Returns None when there are no more.
    """
    parameters = {"before": before, "after": after, "most": _MOST}
    rows = database.fetch(_QUERIES["forget_old_details"], parameters)
    return Part(**rows[0]) if rows else None


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
