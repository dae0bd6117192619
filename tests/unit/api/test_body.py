"""Bodies: JSON that Postgres can keep, or a refusal that says where it is not."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.api.body import MAX_BODY, MAX_DEPTH, parse_json, read_bytes
from message_tracker.core.domain.problem import Problem, RequestRefused

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"))
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc/~"), inner),
    max_leaves=20,
)


def refusal(raw: bytes) -> Problem:
    with pytest.raises(RequestRefused) as caught:
        parse_json(raw)
    return caught.value.problem


@given(JSON)
def test_what_json_writes_is_read_back(value: Any) -> None:  # noqa: ANN401 - any JSON value
    assert value == parse_json(json.dumps(value).encode())


@given(st.binary(max_size=50))
def test_any_bytes_are_json_or_refused(raw: bytes) -> None:
    with suppress(RequestRefused):
        parse_json(raw)


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b'{\n  "to": "a"\n  "b": 1}', "line 3, column 3"),
        (b"{'to': 1}", "line 1, column 2"),
        (b"{} {}", "line 1, column 4: extra data"),
        (b"\xff\xfe{}", "byte 0 is not UTF-8"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too many digits"),
        (b"[" * 100_000, "nests more than"),
        (b'{"a":' * 100_000, "nests more than"),
    ],
)
def test_a_malformed_body_is_refused_and_says_where(raw: bytes, detail: str) -> None:
    problem = refusal(raw)

    assert (problem.status, problem.name) == (400, "malformed-json")
    assert detail in problem.detail


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (rb'{"message": "a\u0000b"}', "#/message"),
        (rb'{"to": ["a", {"data": {"x": "\ud83d"}}]}', "#/to/1/data/x"),
        (rb'{"data": {"\udc00": 1}}', "#/data/\N{REPLACEMENT CHARACTER}"),
        (b'{"data": {"n": 1e999}}', "#/data/n"),
        (b'{"a/b": [[-1e999]]}', "#/a~1b/0/0"),
    ],
)
def test_what_postgres_cannot_keep_is_named(raw: bytes, pointer: str) -> None:
    (fault,) = refusal(raw).faults

    assert pointer == fault.pointer


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse_json(rb'"\ud83c\udf89"') == "🎉"


def test_nesting_has_a_limit() -> None:
    parse_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)

    problem = refusal(b"[" * (MAX_DEPTH + 2) + b"]" * (MAX_DEPTH + 2))

    assert "levels deep" in problem.faults[0].detail


def test_of_a_key_given_twice_the_last_counts_and_a_byte_order_mark_is_skipped() -> None:
    assert parse_json(b'\xef\xbb\xbf{"a": 1, "a": 2}') == {"a": 2}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_the_gateways_base64_is_undone(text: str) -> None:
    raw = text.encode()

    assert raw == read_bytes(text, is_base64=False)
    assert raw == read_bytes(base64.b64encode(raw).decode(), is_base64=True)


def test_no_body_is_an_empty_one() -> None:
    assert read_bytes(None, is_base64=False) == b""


@pytest.mark.parametrize(("body", "is_base64"), [("?", True), ("\ud800", False)])
def test_a_broken_encoding_is_refused(body: str, *, is_base64: bool) -> None:
    with pytest.raises(RequestRefused) as caught:
        read_bytes(body, is_base64=is_base64)

    assert caught.value.problem.status == 400


@pytest.mark.parametrize(
    ("body", "is_base64"),
    [
        ("x" * (MAX_BODY + 1), False),
        ("ü" * (MAX_BODY // 2 + 1), False),
        (base64.b64encode(b"x" * (MAX_BODY + 1)).decode(), True),
    ],
    ids=["ascii", "two bytes a character", "base64"],
)
def test_a_body_over_the_limit_is_too_large(body: str, *, is_base64: bool) -> None:
    with pytest.raises(RequestRefused) as caught:
        read_bytes(body, is_base64=is_base64)

    assert caught.value.problem.status == 413


def test_a_body_at_the_limit_is_read() -> None:
    assert len(read_bytes("x" * MAX_BODY, is_base64=False)) == MAX_BODY
