"""The failures of a report one by one, as CSV that a spreadsheet may open."""

from message_tracker.core.domain.report import MOST_LISTED, ListedFailure, Report
from message_tracker.core.domain.spreadsheet import csv_of

_COLUMNS = ("message_id", "failed_at", "channel", "status", "cause", "group", "recipient")


def render_csv(report: Report) -> str:
    """Return the first failures of the report; a last line says so if there are more."""
    rows = [_COLUMNS, *(_row(failure) for failure in report.listed)]
    if report.failures > len(report.listed):
        rows.append((f"only the first {MOST_LISTED:,} of {report.failures:,} failures are listed",))
    return csv_of(rows)


def _row(failure: ListedFailure) -> tuple[str, ...]:
    return (
        str(failure.message_id),
        failure.failed_at.isoformat(timespec="seconds"),
        failure.channel,
        failure.status,
        failure.cause,
        failure.group,
        failure.recipient,
    )
