"""When what is accepted now will probably be sent: the backlog ahead of it, at the present rate.

An estimate, not a promise: what comes later may overtake (transactional messages go before a
campaign), a rate may change, and of a large backlog only a part is counted (`store.backlog`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from message_tracker.core.domain.message import Channel, GroupState, Kind
from message_tracker.core.domain.slot import MARKETING_HORIZON
from message_tracker.core.domain.submission import Submission

_SECOND_US: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Backlog:
    """What stands before a request.

    Args:
        units: that wait and are due by then (segments, or e-mails), by channel and kind.
        parked: the channels whose circuit is open.
        group: the state of the group the request names; None if there is no such group.
    """

    units: Mapping[tuple[Channel, Kind], int] = field(default_factory=dict)
    parked: frozenset[Channel] = frozenset()
    group: GroupState | None = None

    def ahead(self, channel: Channel, kind: Kind) -> int:
        """Return the units that go before a message that is accepted now."""
        first = self.units.get((channel, Kind.TRANSACTIONAL), 0)
        if kind is Kind.TRANSACTIONAL:
            return first
        return first + self.units.get((channel, Kind.MARKETING), 0)


@dataclass(frozen=True, slots=True)
class Estimate:
    """When the first message goes and when the last has gone; what is not known, `reason` tells."""

    start_at: datetime | None
    finish_at: datetime | None
    reason: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the estimate's fields of an answer."""
        return {
            "estimated_start_at": _written(self.start_at),
            "estimated_finish_at": _written(self.finish_at),
            "estimate_reason": self.reason,
        }


def estimate(
    submission: Submission, backlog: Backlog, rates: Mapping[Channel, float], now: datetime
) -> Estimate:
    """Return when a request will probably be sent.

    Args:
        submission: the request.
        backlog: what is due no later than it is.
        rates: of each channel, in units/s; 0 while it is paused.
        now: when it came.
    """
    demand: Counter[Channel] = Counter()
    for message in submission.messages:
        demand[message.channel] += message.units
    reasons = [_reason(channel, backlog, rates[channel]) for channel in demand]
    known = [
        _span(submission, backlog, channel, units, rates[channel], now)
        for (channel, units), reason in zip(demand.items(), reasons, strict=True)
        if reason is None
    ]
    is_complete = len(known) == len(demand)
    return Estimate(
        min((start for start, _ in known), default=None),
        max(finish for _, finish in known) if known and is_complete else None,
        next(filter(None, reasons), None),
    )


def _reason(channel: Channel, backlog: Backlog, rate: float) -> str | None:
    """Return why nothing of the channel will be sent for now."""
    if backlog.group is GroupState.PAUSED:
        return "the group is paused: resume it"
    name = "SMS" if channel is Channel.TEXT else "e-mail"
    if channel in backlog.parked:
        return f"the provider of {name} refuses everyone: see GET /health; nothing is lost"
    if rate <= 0:
        return f"the sending of {name} is paused: by an operator, or by the provider's account"
    return None


def _span(
    submission: Submission,
    backlog: Backlog,
    channel: Channel,
    units: int,
    rate: float,
    now: datetime,
) -> tuple[datetime, datetime]:
    wait = backlog.ahead(channel, submission.kind) / rate
    if submission.kind is Kind.TRANSACTIONAL:
        # What a campaign has already bought of the timeline is not overtaken.
        bought = backlog.units.get((channel, Kind.MARKETING), 0) / rate
        wait += min(bought, MARKETING_HORIZON / _SECOND_US)
    start = max(submission.due_at, now + timedelta(seconds=ceil(wait)))
    return start, start + timedelta(seconds=ceil(units / rate))


def _written(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat(timespec="seconds").replace("+00:00", "Z")
