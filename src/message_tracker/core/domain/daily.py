"""Daily analytics: what became of a day's messages, by what they have in common.

A day is one of UTC, as in the statistics, and a message counts on the day on which it was accepted;
mail of other applications of the account on the day of its Send event.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from message_tracker.core.domain.period import Period

SETTLING: Final = timedelta(minutes=15)
"""After its end a day is left to settle: what was accepted in it may not be committed yet."""

MOST_DAYS: Final = 92
"""How many days one question is about, at most."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """What became of the messages of a day and a label ('' for those without one).

    `accepted` is the sum of `waiting`, `not_sent` and `sent`. `not_sent` were given up on our side,
    stopped, or are unconfirmed. `opened`, `clicked` and `unsubscribed` are messages of which people
    did so. `price` and `carrier_fee` are in US dollars, None while no event has told of any. Half
    of the messages were delivered within `p50` seconds of being sent, 95 % within `p95`, both to
    within one fortieth; None if none was.
    """

    day: date
    label: str
    accepted: int
    waiting: int
    not_sent: int
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

    def rates(self) -> dict[str, float | None]:
        """Return shares, to four places: of what was sent, or of what was delivered; None of none.

        The bounce rate is that of permanent bounces, which providers judge a sender by.
        """
        return {
            "delivery_rate": _share(self.delivered, self.sent),
            "bounce_rate": _share(self.bounced_permanent, self.sent),
            "complaint_rate": _share(self.complained, self.sent),
            "open_rate": _share(self.opened, self.delivered),
            "click_rate": _share(self.clicked, self.delivered),
            "unsubscribe_rate": _share(self.unsubscribed, self.delivered),
        }


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where a line stands among others: by day, then the most messages first, then by label."""

    day: date
    accepted: int
    label: str


def place_of(line: DayLine) -> LinePlace:
    """Return where the line stands."""
    return LinePlace(line.day, line.accepted, line.label)


def today(now: datetime) -> date:
    """Return the day that has not ended yet, or has not settled."""
    return (now - SETTLING).astimezone(UTC).date()


def period_of(day: date) -> Period:
    """Return the day from midnight to midnight, UTC."""
    start = datetime.combine(day, time(), UTC)
    return Period(start, start + timedelta(days=1))


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
