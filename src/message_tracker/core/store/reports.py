"""Which failure reports were sent, and what failed in a period."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from message_tracker.core.domain.period import Period
from message_tracker.core.domain.period_failures import Failure, PeriodFailures
from message_tracker.core.domain.situation import OVERDUE_AFTER, Situation
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("reports")
_FETCHED_AT_ONCE = 2000


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


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A report that was sent; `object_key` is where its HTML is kept."""

    report_id: UUID
    kind: str
    period_start: datetime
    period_end: datetime
    sent_at: datetime
    failures: int
    accepted: int
    object_key: str


class SentReports:
    """The reports that were sent, for whoever wants to read one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, kind: str | None, after: UUID | None, most: int) -> list[KeptReport]:
        """Return reports after one, or the first ones, the latest period first."""
        rows = self._database.fetch(
            _QUERIES["list_sent_reports"], {"kind": kind, "after": after, "most": most}
        )
        return [KeptReport(**row) for row in rows]

    def find(self, report_id: UUID) -> KeptReport | None:
        """Return a report; None if none was sent under this id."""
        rows = self._database.fetch(_QUERIES["find_sent_report"], {"report_id": report_id})
        return KeptReport(**rows[0]) if rows else None


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

    def failures(self, period: Period, before: Period) -> PeriodFailures:
        """Return what failed in the period, by cause and beside the one before, as one snapshot."""
        rows = self._database.fetch(
            _QUERIES["failures_of_period"], {**_bounds(period), "previous_start": before.start}
        )
        return msgspec.convert(rows[0], PeriodFailures, dec_hook=_decode)

    def each_failure(self, period: Period) -> Iterator[Failure]:
        """Yield what failed in the period one by one, the earliest first.

        However many there are, a few are in memory; a transaction is open until the last one.
        """
        with (
            self._database.transaction() as cursor,
            cursor.connection.cursor(name="failures") as rows,
        ):
            rows.itersize = _FETCHED_AT_ONCE
            for row in rows.execute(_QUERIES["list_failures"], _bounds(period)):
                yield msgspec.convert(row, Failure, dec_hook=_decode)

    def situation(self, period: Period, *, now: datetime) -> Situation:
        """Return how sending goes."""
        rows = self._database.fetch(
            _QUERIES["read_situation"],
            {**_bounds(period), "overdue_before": now - OVERDUE_AFTER},
        )
        return msgspec.convert(rows[0], Situation)


def _bounds(period: Period) -> dict[str, datetime]:
    return {"period_start": period.start, "period_end": period.end}


def _period(row: Mapping[str, Any]) -> Period:
    return Period(row["period_start"], row["period_end"])


def _decode(kind: type, value: object) -> object:
    """Make what msgspec does not know, which is `Personal`."""
    return kind(value)
