"""The books, read from the database."""

from collections.abc import Iterable, Mapping
from typing import Any

from message_tracker.core.domain.books import Balance, Books, Gap, GapKind
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("books")

_Row = Mapping[str, Any]


class BooksStore:
    """Reads the books; one pass over all messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self) -> Books:
        """Return where every message stands, as one snapshot."""
        rows = self._database.fetch(_QUERIES["read_books"])
        return Books(
            email=_balance(row for row in rows if row["channel"] == Channel.EMAIL),
            text=_balance(row for row in rows if row["channel"] == Channel.TEXT),
            gaps=tuple(_gap(row) for row in rows if row["gap"] is not None),
        )


def _balance(rows: Iterable[_Row]) -> Balance:
    parts = (
        Balance(
            accepted=row["accepted"],
            waiting=row["waiting"],
            sent=row["sent"],
            failed=row["failed"],
            stopped=row["stopped"],
            unconfirmed=row["unconfirmed"],
        )
        for row in rows
    )
    return sum(parts, start=Balance())


def _gap(row: _Row) -> Gap:
    return Gap(
        kind=GapKind(row["gap"]),
        channel=Channel(row["channel"]),
        group_id=row["group_id"],
        count=row["accepted"],
        message_ids=tuple(row["message_ids"]),
    )
