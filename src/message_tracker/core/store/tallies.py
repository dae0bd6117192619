"""Adding up the counts of messages.

Triggers append what changes of them, in the statement that changes it (`tally_change`); here it is
added to the sums. Who reads, reads both, so the counts are exact at any time, however far this has
come. See `stats` for the reading.
"""

from datetime import datetime, timedelta

from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("tallies")

KEPT = timedelta(minutes=2)
"""How long changes are left as they are: they tell how fast a group is being sent."""

KEPT_MINUTES = timedelta(days=31)
"""How far back a period may begin at a minute of its own; the longest asked for is of 30 days."""


class TallyStore:
    """Adds up.

    Args:
        database: where the counts are.
        kept: how long changes are left as they are.
    """

    def __init__(self, database: Database, *, kept: timedelta = KEPT) -> None:
        self._database = database
        self._kept = kept

    def add_up(self, now: datetime) -> int:
        """Add the changes to the sums, drop what counts nothing, and return how many they were.

        Safe to call at any time and by several at once.
        """
        rows = self._database.fetch(_QUERIES["add_up_changes"], {"kept": self._kept})
        self._database.fetch(_QUERIES["drop_empty_tallies"])
        self._database.fetch(_QUERIES["drop_old_minutes"], {"before": now - KEPT_MINUTES})
        return int(rows[0]["changes"])
