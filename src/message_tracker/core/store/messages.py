"""One message as its sender's owner sees it: where it stands, and what happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("messages")
_MOST_EVENTS: Final = 500  # a mail may be opened by robots for ever


@dataclass(frozen=True, slots=True)
class MessageHistory:
    """A message's columns and its events, the earliest first, under the queries' names."""

    message: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]


class Messages:
    """Reads messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, message_id: UUID) -> MessageHistory | None:
        """Return the message with its events, or None."""
        with self._database.transaction() as cursor:
            parameters = {"message_id": message_id, "limit": _MOST_EVENTS}
            message = cursor.execute(_QUERIES["message_by_id"], parameters).fetchone()
            events = cursor.execute(_QUERIES["message_timeline"], parameters).fetchall()
        return None if message is None else MessageHistory(message, events)
