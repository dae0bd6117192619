"""The list of failures, as a spreadsheet would open it."""

import csv
import io
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.report import MOST_LISTED, Failure, Report
from message_tracker.core.domain.status import MessageStatus
from message_tracker.failed_message_reporter.listing import render_csv
from tests.reports import DAY, a_cause, a_report

ID = UUID("0199d3f0-0000-7000-8000-000000000001")


def a_failure(
    *, group: str = "autumn", recipient: str = "jane.doe@example.com", cause: str = "TEXT_SPAM"
) -> Failure:
    return Failure(
        ID, DAY.start, Channel.EMAIL, MessageStatus.BOUNCED, cause, group, Personal(recipient)
    )


def rows_of(report: Report) -> list[list[str]]:
    return list(csv.reader(io.StringIO(render_csv(report), newline="")))


def test_a_failure_is_one_line() -> None:
    rows = rows_of(a_report(a_cause(), listed=[a_failure()]))

    header, line = rows
    assert ["message_id", "failed_at", "channel", "status"] == header[:4]
    assert ["cause", "group", "recipient"] == header[4:]
    assert [str(ID), "2026-08-30T22:00:00+00:00", "email", "bounced"] == line[:4]
    assert ["TEXT_SPAM", "autumn", "j…@example.com"] == line[4:]


@given(st.text(max_size=40))
def test_no_cell_is_a_formula_and_no_text_adds_a_line(text: str) -> None:
    listed = [a_failure(group=text, recipient=text, cause=text)]

    rows = rows_of(a_report(a_cause(), listed=listed))

    assert [7, 7] == [len(row) for row in rows]
    assert not [cell for row in rows for cell in row if cell.startswith(tuple("=+-@\t\r"))]


def test_a_masked_number_is_no_formula() -> None:
    rows = rows_of(a_report(a_cause(), listed=[a_failure(recipient="+14255550155")]))

    assert "'+1425…55" == rows[1][-1]


def test_a_list_that_is_cut_says_so() -> None:
    listed = [a_failure()] * MOST_LISTED

    rows = rows_of(a_report(a_cause(count=MOST_LISTED + 5), listed=listed))

    assert ["only the first 1,000 of 1,005 failures are listed"] == rows[-1]
    assert MOST_LISTED + 2 == len(rows)
