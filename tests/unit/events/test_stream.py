"""Records come out of an object as they went in, and damage costs only itself."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.events.stream import split_records

separators = st.sampled_from([b"", b"\n", b"\n\n", b"\r\n", b" ", b" \t ", b"\n \n"])
texts = st.text(st.characters() | st.sampled_from('{}{}"\\ ')) | st.sampled_from(
    ["}{", '"}{"', "\\"]
)
values = st.recursive(
    texts | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
records = st.dictionaries(texts, values, max_size=3)


@given(st.lists(st.tuples(records, separators, st.booleans())), separators)
def test_records_come_back_exactly_whatever_stands_between_them(
    parts: list[tuple[dict[str, object], bytes, bool]], leading: bytes
) -> None:
    data, expected = leading, []
    for record, separator, is_compact in parts:
        raw = json.dumps(record, separators=(",", ":") if is_compact else None).encode()
        expected.append((len(data), raw))
        data += raw + separator

    found = list(split_records(data))

    assert found == expected


@given(st.binary() | st.text(st.sampled_from('{}"\\ \n\ra:1[]')).map(str.encode))
def test_no_byte_is_lost_or_doubled(data: bytes) -> None:
    end = 0
    for offset, piece in split_records(data):
        assert not data[end:offset].strip(b" \t\r\n")
        assert data[offset : offset + len(piece)] == piece
        assert piece == piece.strip(b" \t\r\n") != b""
        end = offset + len(piece)

    assert not data[end:].strip(b" \t\r\n")


@pytest.mark.parametrize(
    ("data", "pieces"),
    [
        (b'{"a":1}\n{"b":\n{"c":3}\n', [b'{"a":1}', b'{"b":', b'{"c":3}']),
        (b'{"a":1}{b}{"c":3}', [b'{"a":1}', b"{b}", b'{"c":3}']),
        (b'{"a":NaN}{"c":3}', [b'{"a":NaN}', b'{"c":3}']),
        (b'{"a":"cut{"b":2}{"c":3}', [b'{"a":"cut{"b":2}', b'{"c":3}']),
        (b'{"a":"}{"}{"c":"} {"}', [b'{"a":"}{"}', b'{"c":"} {"}']),
        (b'{"a":"\\"}{"} {"c":3}', [b'{"a":"\\"}{"}', b'{"c":3}']),
        (b'not json\n{"c":3}', [b"not json", b'{"c":3}']),
        (b'}{"c":3}', [b"}", b'{"c":3}']),
        (b"", []),
        (b" \n\r\n\t", []),
    ],
)
def test_a_damaged_piece_costs_only_itself(data: bytes, pieces: list[bytes]) -> None:
    assert [piece for _, piece in split_records(data)] == pieces


def test_nesting_too_deep_to_decode_is_still_one_record() -> None:
    deep = b'{"a":' * 50_000 + b"1" + b"}" * 50_000

    assert [piece for _, piece in split_records(deep + b'{"b":2}')] == [deep, b'{"b":2}']


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "data",
    [b'{"a":"}{' * 50_000, b'{"a":1}{' * 50_000, b'{"' + b'\\"' * 500_000, b"}{" * 50_000],
    ids=["open strings", "open braces", "open string", "closed first"],
)
def test_garbage_is_read_in_linear_time(data: bytes) -> None:
    pieces = [piece for _, piece in split_records(data)]

    assert b"".join(pieces) == data
