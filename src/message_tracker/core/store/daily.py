"""The analysis of a day, read from the messages themselves and added up in Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from psycopg.rows import DictRow

from message_tracker.core.domain.period import Period
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("daily")
_LATEST_RECEIPT = timedelta(hours=72)
_LEAST = 10  # messages of a mailbox provider or carrier that is named


class Analysed(StrEnum):
    """What the messages of a line have in common."""

    CHANNEL = "channel"
    REPORT_TYPE = "report_type"
    GROUP = "group"
    TEMPLATE = "template"
    USER = "user"
    ORIGIN = "origin"
    MAILBOX_PROVIDER = "mailbox_provider"
    CARRIER = "carrier"


@dataclass(frozen=True, slots=True)
class DayLine:
    """What became of the messages of one label ('' for those without one).

    `opened`, `clicked` and `unsubscribed` are messages of which people did so. `price` and
    `carrier_fee` are in US dollars, None while no event has told of any. Half
    of the messages were delivered within `p50` seconds of being sent, 95 % within `p95`; None if
    none was.
    """

    label: str
    accepted: int
    sent: int
    delivered: int
    delayed: int
    bounced_permanent: int
    bounced_transient: int
    bounced_otherwise: int
    complained: int
    opened: int
    clicked: int
    unsubscribed: int
    segments: int
    price: Decimal | None
    carrier_fee: Decimal | None
    p50: float | None
    p95: float | None


def analyse_day(database: Database, day: Period, by: Analysed, *, limit: int) -> Sequence[DayLine]:
    """Return what became of the messages accepted in a day, those of the commonest label first.

    Args:
        database: where the messages are.
        day: from midnight to midnight, by somebody's clock.
        by: what is counted together.
        limit: lines at most.
    """
    parameters = {
        "start": day.start,
        "end": day.end,
        "last_event": day.end + _LATEST_RECEIPT,
        "by": by,
        "least": _LEAST,
        "limit": limit,
    }
    return [_line(row) for row in database.fetch(_QUERIES["analyse_day"], parameters)]


def _line(row: DictRow) -> DayLine:
    p50, p95 = row.pop("delivery_seconds") or (None, None)
    return DayLine(**row, p50=p50, p95=p95)
