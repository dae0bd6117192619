"""Lists in files: plain or gzip, and read on from any line."""

import gzip
import io
import json

import pytest

from message_tracker.api.list_file import format_of, read_list
from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.recipient_list import MAX_LINE, ListFormat, ListLine, Place

CSV, NDJSON = ListFormat.CSV, ListFormat.NDJSON
LINES = b"to,note\n" + b"".join(b"a%d@example.com,note\n" % number for number in range(50))
ENTRIES = b"".join(json.dumps(f"a{n}@example.com").encode() + b"\n" for n in range(50))


def read(data: bytes, form: ListFormat, start: Place | None = None) -> list[ListLine]:
    return list(read_list(io.BytesIO(data), form, start or Place(), AddressRules()))


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a/b.csv", CSV),
        ("B.CSV.GZ", CSV),
        ("b.ndjson", NDJSON),
        ("b.jsonl.gz", NDJSON),
        ("b.txt", None),
        ("csv", None),
        ("b.gz", None),
    ],
)
def test_a_name_tells_how_the_list_is_written(name: str, form: ListFormat | None) -> None:
    assert format_of(name) is form


@pytest.mark.parametrize("form", [CSV, NDJSON])
def test_compressed_or_not_reading_goes_on_after_any_line(form: ListFormat) -> None:
    data = LINES if form is CSV else ENTRIES
    whole = read(data, form)

    assert len(whole) == 50
    for index in (0, 17, 49):
        rest = whole[index + 1 :]
        assert read(data, form, whole[index].end) == rest
        assert read(gzip.compress(data), form, whole[index].end) == rest


def test_gzip_files_one_after_another_are_one_list() -> None:
    halves = gzip.compress(ENTRIES[:100]) + gzip.compress(ENTRIES[100:])

    assert read(halves, NDJSON) == read(ENTRIES, NDJSON)


@pytest.mark.parametrize(
    "damaged", [gzip.compress(LINES)[:-20], gzip.compress(LINES) + b"\x1f\x8b"]
)
def test_damaged_gzip_is_told_after_what_came_before(damaged: bytes) -> None:
    with pytest.raises(Unparseable, match="damaged gzip data"):
        read(damaged, CSV)


def test_a_place_beyond_the_damage_is_never_reached() -> None:
    with pytest.raises(Unparseable, match="damaged gzip data"):
        read(gzip.compress(ENTRIES)[:-20], NDJSON, Place(len(ENTRIES) + 1, 51))


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    with pytest.raises(Unparseable, match="longer than"):
        read(b"x" * (MAX_LINE + 1), NDJSON)
