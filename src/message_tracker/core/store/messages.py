"""Messages as their sender's owner sees them: found, and one with what happened to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from message_tracker.core.domain.message_search import MessageSearch, Position
from message_tracker.core.store.database import Database
from message_tracker.core.store.groups import is_uuid
from message_tracker.core.store.queries import queries

_QUERIES = queries("messages")
_EDGE: Final = frozenset({"sifted", "edge_at", "edge_id"})

MOST_SIFTED: Final = 10_000
"""Messages looked at in one search by status or channel, whatever fits of them."""

_MOST_EVENTS: Final = 500  # a mail may be opened by robots for ever


@dataclass(frozen=True, slots=True)
class MessageHistory:
    """A message's columns and its events, the earliest first, under the queries' names."""

    message: Mapping[str, Any]
    events: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FoundMessages:
    """Messages of a search, the newest first, under the query's names.

    `last` is where a next page begins behind, or None when there is none. It need not be the
    position of a message that is here: what does not fit the search was looked at as well.
    """

    messages: Sequence[Mapping[str, Any]]
    last: Position | None


def position_of(message: Mapping[str, Any]) -> Position:
    """Return where a found message stands among all."""
    return Position(message["created_at"], message["message_id"])


class Messages:
    """Reads messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def search(self, search: MessageSearch, behind: Position | None, most: int) -> FoundMessages:
        """Return the newest messages of a search.

        Args:
            search: what they have in common.
            behind: the position of the last message before them; None for the first of all.
            most: how many.
        """
        is_sifted = search.status is not None or search.channel is not None
        most_sifted = max(MOST_SIFTED, most + 1) if is_sifted else most + 1
        limits = {"most_sifted": most_sifted, "most_found": most + 1}
        rows = self._database.fetch(
            _QUERIES["search_messages"], _parameters(search, behind) | limits
        )
        found = [row for row in rows if row["message_id"] is not None]
        last = None
        if len(found) > most:
            last = position_of(found[most - 1])
        elif (edge := rows[0])["sifted"] == most_sifted:
            last = Position(edge["edge_at"], edge["edge_id"])
        shown = [{name: row[name] for name in row if name not in _EDGE} for row in found[:most]]
        return FoundMessages(shown, last)

    def is_known(self, message_id: UUID) -> bool:
        """Whether there is a message of this id."""
        [row] = self._database.fetch(_QUERIES["is_message"], {"message_id": message_id})
        return bool(row["is_known"])

    def find(self, message_id: UUID) -> MessageHistory | None:
        """Return the message with its events, or None."""
        with self._database.transaction() as cursor:
            parameters = {"message_id": message_id, "limit": _MOST_EVENTS}
            message = cursor.execute(_QUERIES["message_by_id"], parameters).fetchone()
            events = cursor.execute(_QUERIES["message_timeline"], parameters).fetchall()
        return None if message is None else MessageHistory(message, events)


def _parameters(search: MessageSearch, behind: Position | None) -> dict[str, Any]:
    by_id = search.group is not None and is_uuid(search.group)
    return {
        "recipient": search.to,
        "user_id": search.user_id,
        "provider_message_id": search.provider_message_id,
        "group_id": UUID(search.group) if search.group and by_id else None,
        "group_name": None if by_id else search.group,
        "accepted_from": search.accepted_from,
        "accepted_until": search.accepted_until,
        "status": search.status,
        "channel": search.channel,
        "behind_at": behind and behind.created_at,
        "behind_id": behind and behind.message_id,
    }
