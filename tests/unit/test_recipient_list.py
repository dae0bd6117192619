"""Lists of recipients: whom each line names, what is wrong with it, and where it ends."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.recipient_list import (
    ListLine,
    Place,
    read_csv,
    read_header,
    read_ndjson,
)

MAIL, PHONE = "ann@example.com", "+14254147755"


def rows(text: str | bytes) -> list[ListLine]:
    data = text.encode() if isinstance(text, str) else text
    lines = io.BytesIO(data)
    first = lines.readline()
    start = Place(len(first), 1)
    return list(read_csv(read_header(first), lines, start, AddressRules("US")))


def entries(text: str | bytes) -> list[ListLine]:
    data = text.encode() if isinstance(text, str) else text
    return list(read_ndjson(io.BytesIO(data), Place(), AddressRules()))


def detail(line: ListLine) -> str:
    assert not line.addressees
    return line.faults[0].detail


def test_a_row_names_a_recipient_with_user_id_and_data() -> None:
    (line,) = rows(f"to,user_id,name,town\n{MAIL},u-1,Ann,\n")

    (ann,) = line.addressees
    assert (ann.channel, ann.address, ann.user_id) == (Channel.EMAIL, MAIL, "u-1")
    assert ann.data == {"name": "Ann"}


def test_a_row_with_email_and_phone_names_both() -> None:
    (line,) = rows(f"Email,Phone,name\n{MAIL},425 414 7755,Ann\n")

    assert [(one.channel, one.address) for one in line.addressees] == [
        (Channel.EMAIL, MAIL),
        (Channel.TEXT, PHONE),
    ]


def test_a_row_may_leave_one_of_two_addresses_out_but_not_both() -> None:
    one, none = rows(f"email,phone,name\n,{PHONE},Ann\n,,Bob\n")

    assert [each.address for each in one.addressees] == [PHONE]
    assert detail(none) == "the line names nobody: give an address"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_row_tells_the_delimiter(delimiter: str) -> None:
    (line,) = rows(delimiter.join(["to", "name"]) + "\n" + delimiter.join([MAIL, "Ann"]))

    assert [one.data for one in line.addressees] == [{"name": "Ann"}]


def test_a_byte_order_mark_and_windows_line_breaks_are_passed_over() -> None:
    (line,) = rows(b"\xef\xbb\xbfto\r\n" + MAIL.encode() + b"\r\n")

    assert [one.address for one in line.addressees] == [MAIL]


def test_a_quoted_field_may_go_over_lines_and_numbers_go_on() -> None:
    first, second = rows(f'to,note\n{MAIL},"a\nb"\nbob,x\n')

    assert [one.data for one in first.addressees] == [{"note": "a\nb"}]
    assert (first.number, second.number) == (2, 4)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(b"bob,x", "neither an e-mail address nor a phone number", id="address"),
        pytest.param(b"a@example.com", "has 1 fields, and the header row 2", id="too few"),
        pytest.param(b"a@example.com,x,y", "has 3 fields, and the header row 2", id="too many"),
        pytest.param(b"a@example.com,\xff", "is not UTF-8", id="latin-1"),
        pytest.param(b"a@example.com,\x00", "", id="NUL"),
        pytest.param(b'a@example.com,"x"y', "is no row of CSV", id="quote within"),
    ],
)
def test_a_bad_row_is_told_by_its_number_and_the_next_goes_on(row: bytes, expected: str) -> None:
    bad, good = rows(b"to,note\n" + row + b"\n" + MAIL.encode() + b",fine\n")

    assert bad.faults[0].pointer == "#/lines/2"
    assert expected in detail(bad)
    assert [one.address for one in good.addressees] == [MAIL]


def test_a_quote_that_is_never_closed_names_all_the_lines_it_swallows() -> None:
    (line,) = rows(f'to,note\n{MAIL},"open\n{MAIL},x\n{MAIL},y\n')

    assert detail(line).startswith("the line and those up to line 4 are no row")


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (b"name,town\n", "no column `to`, `email` or `phone`"),
        (b"to,email\n", "`to` beside `email` or `phone`"),
        (b"to,,x\n", "a column without a name"),
        (b"to,x,x\n", "a column twice"),
        (b'to,"x\n', "no header row"),
        (b"", "no column"),
    ],
)
def test_a_header_row_must_say_where_the_addresses_are(header: bytes, expected: str) -> None:
    with pytest.raises(Unparseable, match=expected):
        read_header(header)


def test_ndjson_has_the_entries_of_a_request() -> None:
    one, other = entries(
        json.dumps(MAIL) + "\n\n" + json.dumps({"to": PHONE, "data": {"n": 1}, "user_id": "u"})
    )

    assert [each.address for each in one.addressees] == [MAIL]
    assert [(each.address, each.data, each.user_id) for each in other.addressees] == [
        (PHONE, {"n": 1}, "u")
    ]
    assert (one.number, other.number) == (1, 3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "is not JSON"),
        (MAIL, "is not JSON"),
        ("[" * 20_000, "is not JSON"),
        ('{"to": "a@example.com", "data": {"x": NaN}}', "is not JSON"),
        ('{"to": "a@example.com", "data": {"x": "\\u0000"}}', "NUL character"),
        ('{"to": "a@example.com", "data": {"x": "\\ud800"}}', "is not JSON"),
        ('{"to": "a@example.com", "nick": 1}', "is no field"),
        ("5", "must be an address in quotes"),
        (b"\xff", "is not UTF-8"),
    ],
)
def test_a_bad_line_of_ndjson_is_refused(text: str | bytes, expected: str) -> None:
    (line,) = entries(text)

    assert expected in detail(line)


WRITTEN = st.text(st.characters(exclude_characters="\x00\r\ufffd", exclude_categories=["Cs"]))


@given(st.lists(st.tuples(WRITTEN, WRITTEN), max_size=8))
def test_what_a_csv_writer_wrote_is_read_back(values: list[tuple[str, str]]) -> None:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(["to", "a", "b"])
    for pair in values:
        writer.writerow([MAIL, *pair])

    read = rows(written.getvalue())

    kept = [{k: v for k, v in zip("ab", pair, strict=True) if v.strip()} for pair in values]
    assert [line.addressees[0].data or {} for line in read] == kept


@given(st.lists(st.sampled_from(["a@example.com,x", 'b@example.com,"x\ny"', "bob,", '"', ""])))
def test_reading_may_go_on_after_any_line(written: list[str]) -> None:
    data = "\n".join(["to,note", *written]).encode()
    whole = rows(data)
    header = read_header(data.splitlines()[0] if data else b"")

    for index, line in enumerate(whole):
        rest = io.BytesIO(data[line.end.offset :])
        assert list(read_csv(header, rest, line.end, AddressRules("US"))) == whole[index + 1 :]


@given(st.binary(max_size=200))
def test_no_bytes_are_too_much(data: bytes) -> None:
    entries(data)
    rows(b"to,note\n" + data)
