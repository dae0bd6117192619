"""The failures of a report one by one, as CSV (RFC 4180) that a spreadsheet may open."""

import csv
import io

from message_tracker.core.domain.report import MOST_LISTED, ListedFailure, Report

_COLUMNS = ("message_id", "failed_at", "channel", "status", "cause", "group", "recipient")

# A cell that begins so is a formula to a spreadsheet, whoever wrote it. (OWASP, "CSV Injection")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def render_csv(report: Report) -> str:
    """Return the first failures of the report; a last line says so if there are more."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    writer.writerows(_row(failure) for failure in report.listed)
    if report.failures > len(report.listed):
        writer.writerow(
            [f"only the first {MOST_LISTED:,} of {report.failures:,} failures are listed"]
        )
    return out.getvalue()


def _row(failure: ListedFailure) -> list[str]:
    cells = (
        str(failure.message_id),
        failure.failed_at.isoformat(timespec="seconds"),
        failure.channel,
        failure.status,
        failure.cause,
        failure.group,
        failure.recipient,
    )
    return [_inert(cell) for cell in cells]


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
