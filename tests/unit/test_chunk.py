"""Chunks: every message once, in order, and no chunk over its limits."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.chunk import SendChunk, chunk_messages, parse_chunk
from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.message import Channel

SIZES = st.lists(st.integers(min_value=1, max_value=10), max_size=200)


def messages(sizes: list[int]) -> list[tuple[UUID, int]]:
    return [(UUID(int=number), size) for number, size in enumerate(sizes)]


@given(sizes=SIZES, max_units=st.integers(1, 50), max_messages=st.integers(1, 20))
def test_chunks_name_every_message_once_in_order(
    sizes: list[int], max_units: int, max_messages: int
) -> None:
    given_messages = messages(sizes)

    chunks = list(
        chunk_messages(Channel.TEXT, given_messages, max_units=max_units, max_messages=max_messages)
    )

    assert [id_ for chunk in chunks for id_ in chunk.message_ids] == [
        id_ for id_, _ in given_messages
    ]


@given(sizes=SIZES, max_units=st.integers(1, 50), max_messages=st.integers(1, 20))
def test_a_chunk_keeps_its_limits_unless_one_message_alone_breaks_them(
    sizes: list[int], max_units: int, max_messages: int
) -> None:
    units = dict(messages(sizes))

    chunks = list(
        chunk_messages(Channel.TEXT, units.items(), max_units=max_units, max_messages=max_messages)
    )

    assert all(len(chunk.message_ids) <= max_messages for chunk in chunks)
    assert all(
        len(chunk.message_ids) == 1 or sum(units[id_] for id_ in chunk.message_ids) <= max_units
        for chunk in chunks
    )


def test_a_chunk_survives_its_way_through_the_queue() -> None:
    chunk = SendChunk(Channel.EMAIL, (UUID(int=1), UUID(int=2)))

    parsed = parse_chunk(chunk.to_json())

    assert parsed == chunk


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"channel":"fax","message_ids":[]}', "{"])
def test_what_is_no_chunk_is_unparseable(body: str) -> None:
    with pytest.raises(Unparseable, match="not a send chunk"):
        parse_chunk(body)
