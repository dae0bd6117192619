"""Arrays made by hand say to Postgres what psycopg's own say."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from message_tracker.core.store.binary_arrays import (
    NULL,
    BinaryArray,
    BooleanArray,
    SmallintArray,
    TextArray,
    TimestampArray,
    UuidArray,
    boolean_element,
    json_element,
    smallint_element,
    text_element,
    timestamp_element,
    uuid_element,
)
from message_tracker.core.store.database import Database

Y2K = datetime(2000, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"))


def microseconds(moment: datetime) -> bytes:
    return timestamp_element((moment - Y2K) // timedelta(microseconds=1))


@pytest.mark.parametrize(
    ("array", "type_name", "values", "element"),
    [
        (UuidArray, "uuid", st.uuids(), lambda value: uuid_element(value.int)),
        (
            TimestampArray,
            "timestamptz",
            st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
            microseconds,
        ),
        (TextArray, "text", TEXTS, text_element),
        (SmallintArray, "smallint", st.integers(-(2**15), 2**15 - 1), smallint_element),
        (BooleanArray, "boolean", st.booleans(), lambda value: boolean_element(is_true=value)),
        (TextArray, "text", TEXTS, lambda value: json_element(value.encode())),
    ],
    ids=["uuid", "timestamptz", "text", "smallint", "boolean", "json"],
)
def test_an_array_arrives_as_it_was(
    database: Database,
    array: type[BinaryArray],
    type_name: str,
    values: st.SearchStrategy[Any],
    element: Callable[[Any], bytes],
) -> None:
    @settings(max_examples=40)
    @given(st.lists(st.none() | values, max_size=6))
    def arrives(listed: Sequence[object]) -> None:
        made = array.of([NULL if value is None else element(value) for value in listed])

        rows = database.fetch(f"SELECT * FROM unnest(%(made)s::{type_name}[])", {"made": made})

        assert [*listed] == [row["unnest"] for row in rows]

    arrives()
