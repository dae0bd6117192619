"""What an audit reads of the database, beside the books."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from message_tracker.core.domain.audit import Finding, FindingKind, Miscount
from message_tracker.core.domain.books import Balance
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("audit")
_MOST_MISCOUNTS: Final = 20


@dataclass(frozen=True, slots=True)
class PlaceBalance:
    """Where the messages stand that one group accepted in one hour by one channel."""

    hour: datetime
    group: str
    channel: Channel
    balance: Balance


class AuditStore:
    """Reads; each method is one statement, and so one snapshot."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def overdue(self, before: datetime) -> list[Finding]:
        """Return what should have been begun or settled since before then."""
        rows = self._database.fetch(_QUERIES["overdue_messages"], {"before": before})
        return _findings(FindingKind.OVERDUE, rows)

    def silent(self, since: datetime, until: datetime) -> list[Finding]:
        """Return what was sent in that time and no event came of."""
        rows = self._database.fetch(_QUERIES["silent_messages"], {"since": since, "until": until})
        return _findings(FindingKind.SILENT, rows)

    def miscounts(self, since: datetime | None) -> list[Miscount]:
        """Return the first kept counts that are not those of the messages.

        Those of groups made since then; of None, all there are.
        """
        parameters = {"since": since, "most": _MOST_MISCOUNTS}
        rows = self._database.fetch(_QUERIES["miscounted_messages"], parameters)
        return [
            Miscount(Channel(row["channel"]), row["place"], row["kept"], row["counted"])
            for row in rows
        ]

    def sent(self, since: datetime, until: datetime) -> dict[Channel, int]:
        """Return what was sent in whole hours: e-mails, and parts of texts."""
        rows = self._database.fetch(_QUERIES["sent_in_hours"], {"since": since, "until": until})
        found = {Channel(row["channel"]): int(row["sent"]) for row in rows}
        return {channel: found.get(channel, 0) for channel in Channel}

    def balances(self, since: datetime, most: int) -> list[PlaceBalance]:
        """Return the balance of each hour, group and channel since then, the latest first."""
        rows = self._database.fetch(_QUERIES["balances"], {"since": since, "most": most})
        return [
            PlaceBalance(
                row.pop("hour"), row.pop("group"), Channel(row.pop("channel")), Balance(**row)
            )
            for row in rows
        ]


def _findings(kind: FindingKind, rows: Iterable[Mapping[str, Any]]) -> list[Finding]:
    return [
        Finding(
            kind,
            Channel(row["channel"]),
            f"group {row['group_id']}",
            row["messages"],
            tuple(row["message_ids"]),
        )
        for row in rows
    ]
