"""The books, read from the database."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from typing import Any, Final

from message_tracker.core.domain.books import Balance, Books, Gap, GapKind
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("books")
_MOST: Final = 5_000_000  # a few seconds' work

_Row = Mapping[str, Any]


class BooksStore:
    """Reads the books.

    Args:
        database: where.
        most: how many messages are counted anew for each reading, at most: those of the last days.
            Of the days before it is known how they were counted last; see `count_day`.
    """

    def __init__(self, database: Database, *, most: int = _MOST) -> None:
        self._database = database
        self._most = most

    def read(self) -> Books:
        """Return where every message stands; where the older stood when they were last counted."""
        rows = self._database.fetch(_QUERIES["read_books"], {"since": self.since()})
        return Books(
            email=_balance(row for row in rows if row["channel"] == Channel.EMAIL),
            text=_balance(row for row in rows if row["channel"] == Channel.TEXT),
            gaps=_gaps(rows),
        )

    def since(self) -> datetime | None:
        """Return since when `read` counts messages anew; None if it counts all of them."""
        [row] = self._database.fetch(_QUERIES["books_since"], {"most": self._most})
        return _midnight(row["since"]) if row["since"] else None

    def days_to_count(self, before: datetime) -> list[datetime]:
        """Return the days (UTC) before one that may have messages, the longest uncounted first."""
        rows = self._database.fetch(_QUERIES["days_to_count"], {"before": before})
        return [_midnight(row["day"]) for row in rows]

    def count_day(self, day: datetime, now: datetime) -> tuple[Gap, ...]:
        """Count the messages accepted on a day (UTC), and return what contradicts the books."""
        return _gaps(self._database.fetch(_QUERIES["count_book_day"], {"since": day, "now": now}))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _gaps(rows: Iterable[_Row]) -> tuple[Gap, ...]:
    return tuple(_gap(row) for row in rows if row["gap"] is not None)


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
