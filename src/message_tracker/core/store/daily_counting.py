"""Daily analytics, kept: days are counted by one statement each, in Postgres, and corrected.

What became of a message is still told long after its day: it is opened a week later, or its
receipt comes late. Each look for late events reads what was received since the last one, by the
index of the time of receipt; a day it finds any of is counted anew, as a whole. So the order in
which events came leaves no trace in the counts, and counting twice changes nothing.
"""

from datetime import date, datetime, timedelta
from typing import Final

from message_tracker.core.domain.daily import period_of, today
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("daily_counting")

CORRECTED: Final = timedelta(days=28)
"""How long a day is corrected: no retention lets go of what is counted before then."""

_COMMITTED_WITHIN = timedelta(minutes=2)  # after the time that it says it was received


class DailyCounting:
    """Counts days.

    Args:
        database: where the messages are, and the counts are kept.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def mark_late(self, now: datetime) -> None:
        """Look for what was told of counted days since the last look, and mark those days."""
        bounds = {"first_day": _first_corrected(now), "margin": _COMMITTED_WITHIN}
        rows = self._database.fetch(_QUERIES["events_counted_until"], bounds)
        since = rows[0]["since"]
        if since is not None:
            self._database.fetch(_QUERIES["mark_late_days"], {**bounds, "since": since})

    def claim(self, now: datetime, *, claimed_until: datetime) -> date | None:
        """Return a day to count, the latest first; None if none is due.

        Until `claimed_until` nobody else is given it.
        """
        rows = self._database.fetch(
            _QUERIES["claim_day"],
            {
                "now": now,
                "today": today(now),
                "first_day": _first_corrected(now),
                "claimed_until": claimed_until,
            },
        )
        day: date | None = rows[0]["day"] if rows else None
        return day

    def count(self, day: date, now: datetime) -> None:
        """Count a day, and put its counts in the place of those that were kept before."""
        period = period_of(day)
        with self._database.transaction() as cursor:
            cursor.execute(_QUERIES["begin_count"], {"day": day, "now": now})
            cursor.execute(_QUERIES["drop_counts"], {"day": day})
            cursor.execute(
                _QUERIES["keep_counts"], {"day": day, "start": period.start, "end": period.end}
            )


def _first_corrected(now: datetime) -> date:
    return today(now) - CORRECTED
