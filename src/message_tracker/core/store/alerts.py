"""Alerts: what they are judged by, which are open, and which nobody was told of yet."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from message_tracker.core.domain.alert import Alert, Finding, Measures
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("alerts")
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


class AlertStore:
    """The statements of alerts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def measures(self, now: datetime) -> Measures:
        """Return what is judged, as one snapshot."""
        parameters = {"now": now, "hour_ago": now - _HOUR, "day_ago": now - _DAY}
        rows = self._database.fetch(_QUERIES["read_measures"], parameters)
        return msgspec.convert(rows[0], Measures)

    def follow(self, findings: Sequence[Finding], now: datetime) -> None:
        """Open and close alerts as the findings say; one that is open stays as it was opened."""
        self._database.fetch(
            _QUERIES["follow_alerts"],
            {
                "kinds": [one.kind for one in findings],
                "values": [float(one.value) for one in findings],
                "thresholds": [float(one.threshold) for one in findings],
                "are_exceeded": [one.is_exceeded for one in findings],
                "now": now,
            },
        )

    def claim_untold(self, now: datetime, *, claimed_until: datetime) -> list[Alert]:
        """Return the alerts that someone is to be told of, ours until then."""
        parameters = {"now": now, "claimed_until": claimed_until}
        rows = self._database.fetch(_QUERIES["claim_untold_alerts"], parameters)
        return msgspec.convert(rows, list[Alert])

    def mark_told(self, alert: Alert, now: datetime) -> None:
        """Write down that someone was told: that it began, and if it is over, that too."""
        self._database.fetch(
            _QUERIES["mark_alert_told"],
            {"alert_id": alert.alert_id, "is_over": alert.closed_at is not None, "now": now},
        )
