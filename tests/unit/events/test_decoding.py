"""A record typed to the leaf gives the event that it gives untyped."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events import decoding
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import Event
from message_tracker.core.domain.events.wire import Record
from tests.unit.events.records import MESSAGE_NAMES, load

LEAVES = st.sampled_from(
    [
        "2026-03-01T09:00:00.123Z",
        "2026-03-01T09:00:00.123456+02:00",
        "2026-03-01T09:00:00",
        "1969-12-31T23:59:59Z",
        "0001-01-01T00:00:00+05:00",
        "2026-03-01",
        "",
        None,
        0,
        [],
        "0196A0F0-0000-7000-8000-00000000000a",
        "019570f0000070008000000000000001",
        ["0196a0f0-0000-7000-8000-00000000000a"],
        ["0196a0f0-0000-7000-8000-00000000000a", "other"],
        ["another application's"],
        [None],
    ]
)


def outcome(raw: bytes) -> Event | str | None:
    try:
        return parse_event(raw)
    except Unparseable as error:
        return str(error)


@st.composite
def retold(draw: st.DrawFn) -> bytes:
    """A recorded event whose times and tags are written otherwise."""

    def told(name: str, value: object) -> object:
        if name in ("timestamp", "mt_id", "mt_attempt") and draw(st.booleans()):
            return draw(LEAVES)
        if isinstance(value, dict):
            return {inner: told(inner, of) for inner, of in value.items()}
        return value

    return json.dumps(told("", load(draw(st.sampled_from(MESSAGE_NAMES))))).encode()


@given(retold())
def test_typed_and_untyped_give_the_same_event(raw: bytes) -> None:
    typed = outcome(raw)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoding, "_EXPECTED", msgspec.json.Decoder(Record))
        untyped = outcome(raw)

    assert typed == untyped


@pytest.mark.parametrize("name", MESSAGE_NAMES)
def test_every_recorded_event_is_as_expected(name: str) -> None:
    raw = json.dumps(load(name)).encode()

    assert decoding._EXPECTED.decode(raw) == decoding.decode_record(raw)
