"""Statistics of messages: by what they are counted, and what is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Dimension(StrEnum):
    """What messages have in common that are counted together."""

    DAY = "day"
    GROUP = "group"
    CHANNEL = "channel"
    STATUS = "status"
    TEMPLATE = "template"
    REPORT_TYPE = "report_type"
    USER = "user"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of the messages of one value of each dimension ('' for those without one).

    `opened`, `clicked` and `unsubscribed` are messages of which people did so; `segments` are those
    of the SMS among the accepted.
    """

    values: Sequence[str]
    accepted: int
    sent: int
    delivered: int
    bounced: int
    complained: int
    opened: int
    clicked: int
    unsubscribed: int
    segments: int
