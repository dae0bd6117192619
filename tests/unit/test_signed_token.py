"""Tokens of our links."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.errors import ConfigurationFault, Forged
from message_tracker.core.domain.message import MessageId
from message_tracker.core.domain.signed_token import (
    Claim,
    Purpose,
    SigningKeys,
    key_id_of,
    sign,
    verify,
)

KEYS = SigningKeys({1: b"a" * 32})
ROTATED = SigningKeys({1: b"a" * 32, 2: b"b" * 32})
CLAIM = Claim(
    MessageId(UUID(int=7)), datetime(2030, 1, 31, 9, tzinfo=UTC), "https://example.com/ä?a=1"
)
claims = st.builds(
    Claim,
    message_id=st.uuids().map(MessageId),
    made_at=st.integers(0, 2**32 - 1).map(lambda second: datetime.fromtimestamp(second, UTC)),
    url=st.text(st.characters(codec="utf-8"), max_size=20),
)


@given(claim=claims, purpose=st.sampled_from(Purpose))
def test_what_was_signed_is_read_back(claim: Claim, purpose: Purpose) -> None:
    assert claim == verify(purpose, sign(purpose, claim, KEYS), KEYS)


@given(claim=claims, place=st.integers(0, 10_000), other=st.characters(codec="ascii"))
def test_a_token_with_one_character_changed_is_forged(claim: Claim, place: int, other: str) -> None:
    token = sign(Purpose.OPEN, claim, KEYS)
    place %= len(token)
    changed = token[:place] + other + token[place + 1 :]

    if changed != token:
        with pytest.raises(Forged):
            verify(Purpose.OPEN, changed, KEYS)


@pytest.mark.parametrize("purpose", [Purpose.OPEN, Purpose.UNSUBSCRIBE])
def test_a_token_serves_no_other_purpose(purpose: Purpose) -> None:
    token = sign(Purpose.CLICK, CLAIM, KEYS)

    with pytest.raises(Forged):
        verify(purpose, token, KEYS)


@given(token=st.text(max_size=200) | st.binary(max_size=90).map(bytes.hex))
def test_what_nobody_signed_is_forged_and_never_fails_otherwise(token: str) -> None:
    with pytest.raises(Forged, match="the token is none of ours"):
        verify(Purpose.UNSUBSCRIBE, token, KEYS)


def test_a_new_key_signs_while_the_old_ones_links_still_work() -> None:
    old, new = sign(Purpose.OPEN, CLAIM, KEYS), sign(Purpose.OPEN, CLAIM, ROTATED)

    assert (1, 2) == (key_id_of(old), key_id_of(new))
    assert CLAIM == verify(Purpose.OPEN, old, ROTATED) == verify(Purpose.OPEN, new, ROTATED)
    with pytest.raises(Forged):
        verify(Purpose.OPEN, new, KEYS)


@pytest.mark.parametrize(
    ("texts", "fault"),
    [
        ({}, "there is no signing key"),
        ({"0": "a" * 32}, "name each key by 1 to 255"),
        ({"256": "a" * 32}, "name each key by 1 to 255"),
        ({"one": "a" * 32}, "name each key by 1 to 255"),
        ({"1": "short"}, "at least 32"),
        ({"1": 7}, "at least 32"),
    ],
)
def test_a_faulty_key_is_named(texts: dict[str, object], fault: str) -> None:
    with pytest.raises(ConfigurationFault, match=fault):
        SigningKeys.parse(texts)


def test_keys_do_not_show_in_a_log() -> None:
    assert "aaaa" not in repr(SigningKeys.parse({"1": "a" * 32}))
