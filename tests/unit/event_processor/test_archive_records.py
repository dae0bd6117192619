import json
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.events.stream import split_records
from message_tracker.event_processor.archive_records import archive_lines

# Texts that look like what lies between records.
TEXT = st.text(alphabet='}{"\\\n x😀', max_size=12)
RECORD = st.dictionaries(TEXT, TEXT, max_size=3).map(lambda value: json.dumps(value).encode())
SEPARATOR = st.sampled_from([b"", b"\n", b"\n\n", b" ", b"\r\n"])
GARBAGE = st.sampled_from([b"nonsense", b'{"cut": "sho', b"\xff\xfe"])


def archive_records(pieces: list[bytes], start: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield the records of the lines, as whoever reads those that do not decode."""
    for offset, line in archive_lines(pieces, start):
        yield from ((offset + within, raw) for within, raw in split_records(line))


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]


@given(st.lists(st.tuples(RECORD, SEPARATOR), max_size=8), st.integers(1, 40))
def test_records_are_whole_wherever_pieces_are_cut(
    parts: list[tuple[bytes, bytes]], size: int
) -> None:
    data = b"".join(record + separator for record, separator in parts)

    found = list(archive_records(cut(data, size)))

    assert [record for record, _ in parts] == [raw for _, raw in found]
    assert all(data[offset : offset + len(raw)] == raw for offset, raw in found)


@given(st.lists(st.one_of(RECORD, GARBAGE), max_size=8), st.integers(1, 40))
def test_a_garbage_line_costs_itself_only(lines: list[bytes], size: int) -> None:
    data = b"\n".join(lines)

    assert list(split_records(data)) == list(archive_records(cut(data, size)))


@given(st.lists(st.tuples(RECORD, SEPARATOR), min_size=1, max_size=6), st.data())
def test_reading_goes_on_after_any_record(
    parts: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    whole = b"".join(record + separator for record, separator in parts)
    everything = list(archive_records([whole]))
    done = data.draw(st.integers(0, len(everything) - 1))
    offset, raw = everything[done]

    rest = list(archive_records(cut(whole, 7), start=offset + len(raw)))

    assert everything[done + 1 :] == rest


def test_garbage_without_end_does_not_wait_for_ever() -> None:
    pieces = [b"x" * 1_000_000] * 9

    found = [len(raw) for _, raw in archive_records(pieces)]

    assert 9_000_000 == sum(found)
    assert max(found) < 4_000_000


def test_no_bytes_are_no_records() -> None:
    assert [] == list(archive_records([]))
