"""Lists of recipients: CSV with a header row (RFC 4180), or a JSON value a line (NDJSON).

Lines are read one by one, so that a list of any length takes no more memory than its longest line,
and each says where it ends: reading can go on there later.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec

from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.problem import Fault
from message_tracker.core.domain.recipients import Addressee, read_entry

MAX_LINE: Final = 64 * 1024
"""Bytes of one line, and of one field of CSV."""

_BOM: Final = b"\xef\xbb\xbf"
_ADDRESSES: Final = {"to": None, "email": Channel.EMAIL, "phone": Channel.TEXT}
_USER_ID: Final = "user_id"
_DELIMITERS: Final = ",;\t"
_ESCAPED_NUL: Final = "\\u0000"
_NOT_UTF8: Final = "\N{REPLACEMENT CHARACTER}"


class ListFormat(StrEnum):
    """How a list is written."""

    CSV = "csv"
    NDJSON = "ndjson"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """How far a list was read: bytes and lines."""

    offset: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class ListLine:
    """What one line (in CSV: one row) came to: whom it names, or what is wrong with it.

    `number` is that of its first line, from 1; `end` is the place after it.
    """

    number: int
    end: Place
    addressees: Sequence[Addressee] = ()
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class Header:
    """The columns of a CSV list, in order, and what separates them."""

    columns: Sequence[str]
    delimiter: str


def read_header(line: bytes) -> Header:
    """Return the columns of a CSV list's first line.

    Raises:
        Unparseable: it names no column of addresses, or a column twice or not at all.
    """
    text = line.removeprefix(_BOM).decode("utf-8", "replace").rstrip("\r\n")
    delimiter = next((each for each in _DELIMITERS if each in text), ",")
    try:
        [fields] = csv.reader([text], delimiter=delimiter, strict=True)
    except (csv.Error, ValueError) as error:
        raise Unparseable("line 1 is no header row: name the columns there") from error
    names = [field.strip() for field in fields]
    # A spreadsheet may write Email; what a template asks for is spelled as it is.
    columns = [low if (low := name.lower()) in _ADDRESSES or low == _USER_ID else name
               for name in names]  # fmt: skip
    _check_columns(columns)
    return Header(columns, delimiter)


def _check_columns(columns: Sequence[str]) -> None:
    addresses = _ADDRESSES.keys() & columns
    if not addresses:
        raise Unparseable("the header row has no column `to`, `email` or `phone`: name one so")
    if "to" in addresses and len(addresses) > 1:
        raise Unparseable("the header row has `to` beside `email` or `phone`: keep one or those")
    if "" in columns:
        raise Unparseable("the header row has a column without a name: name or remove it")
    if len(set(columns)) < len(columns):
        raise Unparseable("the header row has a column twice: rename or remove one")


def read_csv(
    header: Header, lines: Iterable[bytes], start: Place, rules: AddressRules
) -> Iterator[ListLine]:
    """Yield the rows of a CSV list; blank lines are passed over.

    Args:
        header: its columns.
        lines: from `start` on, each with its line break.
        start: where they begin.
        rules: which addresses are taken.
    """
    counted = _Counted(lines, start)
    rows = csv.reader(counted, delimiter=header.delimiter, strict=True)
    while True:
        number = counted.place.line + 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            end = counted.place
            yield ListLine(number, end, faults=[_fault(number, _unreadable(number, end, error))])
            continue
        if row:
            yield _row(header, row, number, counted.place, rules)


def read_ndjson(lines: Iterable[bytes], start: Place, rules: AddressRules) -> Iterator[ListLine]:
    """Yield the entries of an NDJSON list, each as `to` of a request takes it.

    Args:
        lines: from `start` on, each with its line break.
        start: where they begin.
        rules: which addresses are taken.
    """
    counted = _Counted(lines, start)
    for text in counted:
        number = counted.place.line
        if not text.strip():
            continue
        try:
            entry = _json(text)
        except ValueError as error:
            yield ListLine(number, counted.place, faults=[_fault(number, str(error))])
        else:
            yield _entries(number, counted.place, [(entry, None)], rules)


class _Counted:
    """Decodes lines, and knows the place after the last one taken."""

    def __init__(self, lines: Iterable[bytes], start: Place) -> None:
        self._lines = iter(lines)
        self.place = start

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        text = line.removeprefix(_BOM) if self.place.line == 0 else line
        self.place = Place(self.place.offset + len(line), self.place.line + 1)
        return text.decode("utf-8", "replace")


def _row(
    header: Header, row: Sequence[str], number: int, end: Place, rules: AddressRules
) -> ListLine:
    if (detail := _wrong_row(header, row)) is not None:
        return ListLine(number, end, faults=[_fault(number, detail)])
    given = {name: value for name, value in zip(header.columns, row, strict=True) if value.strip()}
    user_id = given.pop(_USER_ID, None)
    addresses = {name: given.pop(name) for name in _ADDRESSES if name in given}
    if not addresses:
        return ListLine(number, end, faults=[_fault(number, "names nobody: give an address")])
    entries = [
        ({"to": address, "data": given or None, "user_id": user_id}, _ADDRESSES[name])
        for name, address in addresses.items()
    ]
    return _entries(number, end, entries, rules)


def _wrong_row(header: Header, row: Sequence[str]) -> str | None:
    if len(row) != len(header.columns):
        return (
            f"has {len(row)} fields, and the header row {len(header.columns)}: quote a field that"
            f" holds {header.delimiter!r}"
        )
    if any(_NOT_UTF8 in field for field in row):
        return "is not UTF-8: save the list in UTF-8"
    if any("\x00" in field for field in row):
        return "has a NUL character: remove it"
    return None


def _entries(
    number: int, end: Place, entries: Iterable[tuple[object, Channel | None]], rules: AddressRules
) -> ListLine:
    addressees: list[Addressee] = []
    faults: list[Fault] = []
    for entry, channel in entries:
        found = read_entry(_pointer(number), entry, channel, rules)
        if isinstance(found, Addressee):
            addressees.append(found)
        else:
            faults += found
    return ListLine(number, end, [] if faults else addressees, faults)


def _json(text: str) -> object:
    if _NOT_UTF8 in text:
        raise ValueError("is not UTF-8: save the list in UTF-8")
    if _ESCAPED_NUL in text:
        raise ValueError("has a NUL character: remove it")
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ValueError("is not JSON: write an address in quotes, or an object") from error


def _unreadable(number: int, end: Place, error: csv.Error) -> str:
    those = f"and those up to line {end.line} are" if end.line > number else "is"
    return f"{those} no row of CSV ({error}): close its quotes, and double those inside"


def _pointer(number: int) -> str:
    return f"#/lines/{number}"


def _fault(number: int, detail: str) -> Fault:
    return Fault(_pointer(number), "line", f"the line {detail}")
