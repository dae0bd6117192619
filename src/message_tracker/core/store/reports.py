"""Which failure reports were sent, and what failed in a period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from message_tracker.core.domain.period import Period
from message_tracker.core.domain.report import MOST_LISTED, PeriodFailures
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("reports")


@dataclass(frozen=True, slots=True)
class ReportProgress:
    """How far the reports of a kind have come: what is unsent, and when the last period ended."""

    unsent: tuple[Period, ...]
    last_end: datetime | None


@dataclass(frozen=True, slots=True)
class SentReport:
    """What became of a report; `object_key` is where its HTML is kept."""

    period: Period
    failures: int
    accepted: int
    object_key: str
    provider_message_id: str


class ReportStore:
    """The reporter's statements."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def progress(self, kind: str) -> ReportProgress:
        """Return how far the reports of this kind have come."""
        rows = self._database.fetch(_QUERIES["open_periods"], {"kind": kind})
        return ReportProgress(
            unsent=tuple(_period(row) for row in rows if row["is_unsent"]),
            last_end=max((row["period_end"] for row in rows), default=None),
        )

    def claim(
        self,
        report_run_id: UUID,
        kind: str,
        period: Period,
        *,
        now: datetime,
        forsaken_before: datetime,
    ) -> UUID | None:
        """Return the id to send this period's report under; None if it is not ours to send.

        A claim that is unsent and older than `forsaken_before` is taken over, with its id.
        """
        rows = self._database.fetch(
            _QUERIES["claim_period"],
            {
                "report_run_id": report_run_id,
                "kind": kind,
                "period_start": period.start,
                "period_end": period.end,
                "now": now,
                "forsaken_before": forsaken_before,
            },
        )
        return rows[0]["report_run_id"] if rows else None

    def release(self, report_run_id: UUID) -> None:
        """Give a claim back whose report was certainly not sent."""
        self._database.fetch(_QUERIES["release_period"], {"report_run_id": report_run_id})

    def mark_sent(self, report_run_id: UUID, sent: SentReport, *, now: datetime) -> None:
        """Write down that the report went out."""
        self._database.fetch(
            _QUERIES["mark_report_sent"],
            {
                "report_run_id": report_run_id,
                "sent_at": now,
                "failures": sent.failures,
                "accepted": sent.accepted,
                "object_key": sent.object_key,
                "provider_message_id": sent.provider_message_id,
            },
        )

    def failures(self, period: Period) -> PeriodFailures:
        """Return what failed in the period, by cause, as one snapshot."""
        rows = self._database.fetch(
            _QUERIES["failures_of_period"],
            {
                "period_start": period.start,
                "period_end": period.end,
                "most_listed": MOST_LISTED,
            },
        )
        return msgspec.convert(rows[0], PeriodFailures, dec_hook=_decode)


def _period(row: Mapping[str, Any]) -> Period:
    return Period(row["period_start"], row["period_end"])


def _decode(kind: type, value: object) -> object:
    """Make what msgspec does not know, which is `Personal`."""
    return kind(value)
