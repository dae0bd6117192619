"""Statistics, read from the counts: as fast for ten million messages as for ten."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from psycopg.rows import DictRow

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.statistics import Dimension, Outcome
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("stats")
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sent:
    """How many messages were sent, and their segments (0 for e-mails)."""

    messages: int = 0
    segments: int = 0


class Statistics:
    """Answers questions about all messages."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sent_since(self, since: datetime) -> Mapping[Channel, Sent]:
        """Return how many messages of each channel were sent since a time, to the minute.

        Args:
            since: counted from the minute it lies in; at most 31 days ago, or else from the hour
                after it.
        """
        minute = since.replace(second=0, microsecond=0)
        hour = minute.replace(minute=0)
        parameters = {"since": minute, "first_hour": hour if hour == minute else hour + _HOUR}
        rows = self._database.fetch(_QUERIES["count_sent_since"], parameters)
        found = {Channel(row["channel"]): Sent(row["messages"], row["segments"]) for row in rows}
        return {channel: found.get(channel, Sent()) for channel in Channel}

    def by(
        self,
        dimensions: Sequence[Dimension],
        *,
        first_day: date,
        last_day: date,
        user_id: str | None = None,
        limit: int,
    ) -> list[Outcome]:
        """Return what became of the messages due in a period, in order of the dimensions.

        Args:
            dimensions: one or two.
            first_day: of the period (UTC).
            last_day: of the period, inclusive.
            user_id: count this user's messages only. For a user, or by user, the messages
                themselves are read, and their day is the one they were accepted on.
            limit: rows at most.
        """
        parameters = {
            "source": _source(dimensions, user_id),
            "one": dimensions[0],
            "other": dimensions[1] if len(dimensions) > 1 else None,
            "first_day": first_day,
            "last_day": last_day,
            "user_id": user_id,
            "limit": limit,
        }
        rows = self._database.fetch(_QUERIES["count_statistics"], parameters)
        return [_outcome(row, len(dimensions)) for row in rows]


def _source(dimensions: Sequence[Dimension], user_id: str | None) -> str:
    if user_id is not None or Dimension.USER in dimensions:
        return "messages"
    return "groups" if Dimension.GROUP in dimensions else "days"


def _outcome(row: DictRow, dimensions: int) -> Outcome:
    values = (row.pop("one"), row.pop("other"))
    return Outcome(values=values[:dimensions], **row)
