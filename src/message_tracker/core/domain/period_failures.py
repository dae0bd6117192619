"""What the store knows of a period's failures: by cause and place, and one by one."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from message_tracker.core.domain.addresses import country_of
from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.status import MessageStatus

_MOST_COUNTRIES = 3


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed message of the period."""

    message_id: UUID
    failed_at: datetime
    channel: Channel
    status: MessageStatus
    cause: str
    group: str
    recipient: Personal


@dataclass(frozen=True, slots=True)
class NamedCount:
    """How many failures of a cause a group, a carrier, a mail domain or a country had."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class NumberCount:
    """How many failures there were of numbers that begin alike, with one of them."""

    example: Personal
    count: int


@dataclass(frozen=True, slots=True)
class CauseCount:
    """The failures of one cause, and how many there were in the period before.

    Places, recipients and the provider's words are examples. `is_redrivable`: all were given up on
    our side, so that sending them again cannot reach anybody twice unless they are unconfirmed.
    """

    cause: str
    count: int
    count_before: int
    first_at: datetime
    last_at: datetime
    is_redrivable: bool
    channels: tuple[Channel, ...]
    groups: tuple[NamedCount, ...]
    carriers: tuple[NamedCount, ...]
    domains: tuple[NamedCount, ...]
    numbers: tuple[NumberCount, ...]
    recipients: tuple[Personal, ...]
    detail: Personal | None


@dataclass(frozen=True, slots=True)
class PeriodFailures:
    """What the store knows of a period.

    `accepted` counts the messages accepted in it, `failures_before` the failures of the period
    before, `unmatched` failure events of messages that are not ours, `dead_letters` what queues
    gave up.
    """

    accepted: int
    failures_before: int
    causes: tuple[CauseCount, ...]
    unmatched: int
    dead_letters: int

    @property
    def total(self) -> int:
        """The number of messages that failed."""
        return sum(cause.count for cause in self.causes)


def countries(numbers: Iterable[NumberCount]) -> tuple[NamedCount, ...]:
    """Return how many failures each country had (ISO 3166-1), the most affected ones first."""
    counts: Counter[str] = Counter()
    for each in numbers:
        counts[country_of(each.example)] += each.count
    return tuple(
        NamedCount(name, count) for name, count in counts.most_common(_MOST_COUNTRIES) if name
    )
