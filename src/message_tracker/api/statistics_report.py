"""The use case of ``GET /stats``: what became of a period's messages, and the shares of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from message_tracker.api.models.stats import StatsQuery
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.statistics import Dimension, Outcome
from message_tracker.core.store.stats import Statistics

_DEFAULT: Final = timedelta(days=29)  # before today
MOST: Final = 1_000
"""Rows of an answer."""


@dataclass(frozen=True, slots=True)
class StatisticsReport:
    """Answers what is asked of the statistics."""

    statistics: Statistics
    clock: Callable[[], datetime]

    def read(self, query: StatsQuery) -> Mapping[str, Any]:
        """Return the answer.

        Raises:
            RequestRefused: 400, the period ends before it begins.
        """
        last_day = query.to or self.clock().date()
        first_day = query.from_ or last_day - _DEFAULT
        if first_day > last_day:
            detail = f"`from` is after `to` ({last_day}): swap them, or leave one out"
            raise invalid_request([Fault("?from", "from", detail)])
        by = query.dimensions
        rows = self.statistics.by(
            by, first_day=first_day, last_day=last_day, user_id=query.user, limit=MOST + 1
        )
        return {
            "from": first_day.isoformat(),
            "to": last_day.isoformat(),
            "by": list(by),
            "rows": [_row(by, row) for row in rows[:MOST]],
            "is_complete": len(rows) <= MOST,
        }


def _row(by: Sequence[Dimension], outcome: Outcome) -> dict[str, Any]:
    counts = asdict(outcome)
    values = counts.pop("values")
    return {**dict(zip(by, values, strict=True)), **counts, **_shares(outcome)}


def _shares(of: Outcome) -> dict[str, float | None]:
    return {
        "delivery_rate": _share(of.delivered, of.sent),
        "bounce_rate": _share(of.bounced, of.sent),
        "complaint_rate": _share(of.complained, of.sent),
        "open_rate": _share(of.opened, of.delivered),
        "click_rate": _share(of.clicked, of.delivered),
        "unsubscribe_rate": _share(of.unsubscribed, of.delivered),
    }


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
