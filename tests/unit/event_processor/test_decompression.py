import gzip
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.errors import Unparseable
from message_tracker.event_processor.decompression import decompressed

NOISE = random.Random(1).randbytes(600_000)  # noqa: S311 - incompressible, not secret

TRUNCATED = gzip.compress(NOISE)[:-100]


def read(data: bytes) -> list[bytes]:
    return list(decompressed(io.BytesIO(data)))


@given(st.lists(st.binary(max_size=200), max_size=4))
def test_gzip_members_are_read_as_one(parts: list[bytes]) -> None:
    data = b"".join(gzip.compress(part) for part in parts)

    assert b"".join(parts) == b"".join(read(data))


def test_plain_bytes_are_passed_on() -> None:
    assert NOISE == b"".join(read(NOISE))


def test_an_empty_object_has_no_bytes() -> None:
    assert [] == read(b"")


@pytest.mark.parametrize("content", [b"a" * 50_000_000, NOISE], ids=["dense", "sparse"])
def test_no_piece_is_larger_than_a_quarter_of_a_mebibyte(content: bytes) -> None:
    pieces = read(gzip.compress(content))

    assert max(map(len, pieces)) <= 256 * 1024
    assert content == b"".join(pieces)


def test_gzip_that_ends_early_is_refused_after_what_is_whole() -> None:
    pieces: list[bytes] = []

    with pytest.raises(Unparseable, match="ends early"):
        pieces.extend(decompressed(io.BytesIO(TRUNCATED)))

    read_before = b"".join(pieces)
    assert len(NOISE) - 200 < len(read_before) < len(NOISE)
    assert NOISE.startswith(read_before)


def test_damaged_gzip_is_refused() -> None:
    data = bytearray(gzip.compress(b"x" * 1000))
    data[-5] ^= 1  # of the checksum

    with pytest.raises(Unparseable, match="damaged gzip"):
        read(bytes(data))
