"""The suppression list: who is on it, why and since when, and what people change of it.

What events say against addresses is written where they are stored: see `events`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.suppression import Listed, SuppressionReason
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("suppressions")
_MOST_CHANGES: Final = 100
_MOST_MESSAGES: Final = 10

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the list: the entry after which it goes on. The default is its beginning."""

    channel: Channel = Channel.EMAIL
    address: str = ""
    reason: SuppressionReason = SuppressionReason.UNSUBSCRIBE


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an address: its entries, the gravest first, and what led to them.

    The history and the messages begin with the last. Rows are under the queries' names.
    """

    entries: Sequence[Row]
    history: Sequence[Row]
    soft_bounce_days: Sequence[str]
    messages: Sequence[Row]

    @property
    def reasons(self) -> list[SuppressionReason]:
        """Return why nothing is sent to it, the gravest first."""
        return [SuppressionReason(entry["reason"]) for entry in self.entries]


class Suppressions:
    """Reads and changes the list."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def after(
        self,
        place: Place,
        *,
        channel: Channel | None,
        reason: SuppressionReason | None,
        most: int,
    ) -> list[Row]:
        """Return the next entries, of one channel or reason where it is given."""
        parameters = {
            "after_channel": place.channel,
            "after_address": place.address,
            "after_reason": place.reason,
            "channel": channel,
            "reason": reason,
            "most": most,
        }
        return list(self._database.fetch(_QUERIES["suppressions_after"], parameters))

    def reasons_of(self, channel: Channel, address: str) -> list[SuppressionReason]:
        """Return why nothing is sent to an address, the gravest first."""
        with self._database.transaction() as cursor:
            return [SuppressionReason(row["reason"]) for row in _entries(cursor, channel, address)]

    def standing(self, channel: Channel, address: Personal) -> Standing:
        """Return what is known of an address, written as it was sent to or in lower case."""
        of = {"channel": channel, "address": address.lower(), "written": str(address)}
        with self._database.transaction() as cursor:
            entries = _entries(cursor, channel, address.lower())
            changes = of | {"most": _MOST_CHANGES}
            history = cursor.execute(_QUERIES["suppression_history"], changes).fetchall()
            days = cursor.execute(_QUERIES["soft_bounce_days_of"], of).fetchone()
            last = of | {"most": _MOST_MESSAGES}
            messages = cursor.execute(_QUERIES["last_messages_to"], last).fetchall()
        return Standing(entries, history, days["days"] if days else (), messages)

    def add(self, channel: Channel, address: str, *, note: str | None, changed_by: str) -> None:
        """Put an address on the list for the reason MANUAL."""
        with self._changing(changed_by) as cursor:
            parameters = {"channel": channel, "address": address, "note": note}
            cursor.execute(_QUERIES["add_suppression"], parameters)

    def remove(
        self,
        channel: Channel,
        address: str,
        reasons: Collection[SuppressionReason],
        *,
        changed_by: str,
    ) -> list[SuppressionReason]:
        """Take an address off the list for these reasons, and return those it stood there for."""
        with self._changing(changed_by) as cursor:
            parameters = {"channel": channel, "address": address, "reasons": list(reasons)}
            rows = cursor.execute(_QUERIES["remove_suppressions"], parameters).fetchall()
        return [SuppressionReason(row["reason"]) for row in rows]

    def take_over(self, channel: Channel, listed: Sequence[Listed], *, cause: str) -> int:
        """Add what a provider's own list has and this one has not; return how many are new."""
        if not listed:
            return 0
        parameters = {
            "channel": channel,
            "addresses": [each.address.lower() for each in listed],
            "reasons": [each.reason for each in listed],
            "since": [each.since for each in listed],
            "cause": cause,
        }
        rows = self._database.fetch(_QUERIES["import_suppressions"], parameters)
        return int(rows[0]["addresses"])

    @contextmanager
    def _changing(self, changed_by: str) -> Iterator[Cursor[DictRow]]:
        with self._database.transaction() as cursor:
            cursor.execute(_QUERIES["name_suppression_changer"], {"changed_by": changed_by})
            yield cursor


def _entries(cursor: Cursor[DictRow], channel: Channel, address: str) -> list[DictRow]:
    parameters = {"channel": channel, "address": address}
    return cursor.execute(_QUERIES["suppressions_of"], parameters).fetchall()
