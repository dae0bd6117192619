"""The list of failures, as a spreadsheet would open it."""

import csv
import io
import tracemalloc
from collections.abc import Sequence
from tempfile import TemporaryFile
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.period_failures import Failure
from message_tracker.core.domain.status import MessageStatus
from message_tracker.failed_message_reporter.listing import attached, write_list
from tests.reports import DAY, ENGLISH

ID = UUID("0199d3f0-0000-7000-8000-000000000001")
MARK = b"\xef\xbb\xbf"


def a_failure(
    *, group: str = "autumn", recipient: str = "jane.doe@example.com", cause: str = "TEXT_SPAM"
) -> Failure:
    return Failure(
        ID, DAY.start, Channel.EMAIL, MessageStatus.BOUNCED, cause, group, Personal(recipient)
    )


def whole_list(failures: Sequence[Failure], *, names_people: bool = False) -> bytes:
    file = io.BytesIO()
    write_list(failures, file, names_people=names_people, most_bytes=0)
    return file.getvalue()


def rows_of(content: bytes) -> list[list[str]]:
    assert content.startswith(MARK)
    text = content.removeprefix(MARK).decode()
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_failure_is_one_line() -> None:
    header, line = rows_of(whole_list([a_failure()]))

    assert ["message_id", "failed_at", "channel", "status"] == header[:4]
    assert ["cause", "group", "recipient"] == header[4:]
    assert [str(ID), "2026-08-30T22:00:00+00:00", "email", "bounced"] == line[:4]
    assert ["TEXT_SPAM", "autumn", "j…@example.com"] == line[4:]


@given(st.text(max_size=40))
def test_no_cell_is_a_formula_and_no_text_adds_a_line(text: str) -> None:
    rows = rows_of(whole_list([a_failure(group=text, recipient=text, cause=text)]))

    assert [7, 7] == [len(row) for row in rows]
    assert not [cell for row in rows for cell in row if cell.startswith(tuple("=+-@\t\r"))]


def test_a_masked_number_is_no_formula() -> None:
    rows = rows_of(whole_list([a_failure(recipient="+14255550155")]))

    assert "'+1425…55" == rows[1][-1]


def test_people_are_named_only_where_a_team_wants_it() -> None:
    rows = rows_of(whole_list([a_failure()], names_people=True))

    assert "jane.doe@example.com" == rows[1][-1]


@given(st.integers(0, 60), st.integers(400, 6_000))
def test_what_a_mail_carries_fits_and_says_what_is_missing(count: int, most_bytes: int) -> None:
    excerpt = write_list(
        [a_failure()] * count, io.BytesIO(), names_people=False, most_bytes=most_bytes
    )

    content, listed = attached(excerpt, most_bytes, ENGLISH.language)

    rows = rows_of(content)
    assert len(content) <= most_bytes
    if listed == count:
        assert count + 1 == len(rows)
    else:
        assert [f"only the first {listed} of {count} failures"] == [
            row[0].partition(" are listed")[0] for row in rows[listed + 1 :]
        ]


def test_a_list_of_any_length_takes_little_memory() -> None:
    many = (a_failure() for _ in range(5_000))
    with TemporaryFile() as file:
        tracemalloc.start()
        excerpt = write_list(many, file, names_people=False, most_bytes=10_000)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        written = file.tell()

    assert 5_000 == excerpt.count
    assert most < 300_000 < written
