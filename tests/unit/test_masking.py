"""Nobody who does not know a person learns from a report who it is."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.foreign_text import clean, defang
from message_tracker.core.domain.masking import mask, mask_within

local_parts = st.from_regex(r"[a-z0-9.+_-]{2,40}", fullmatch=True)
domains = st.sampled_from(["example.com", "mail.example.org"])
numbers = st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("jane.doe@example.com", "j…@example.com"),
        ("j@example.com", "…@example.com"),
        ("+14255550155", "+1425…55"),
        ("+491701234567", "+4917…67"),
        ("+2901234", "+2…34"),
        ("911", "…"),
        ("nobody", "…"),
        ("", "…"),
    ],
)
def test_a_mask_leaves_just_enough_to_recognize(address: str, masked: str) -> None:
    assert masked == mask(address)


@given(local_parts, domains)
def test_a_masked_address_keeps_one_character_of_its_local_part(local: str, domain: str) -> None:
    masked = mask(f"{local}@{domain}")

    assert f"{local[0]}…@{domain}" == masked


@given(numbers)
def test_a_masked_number_hides_at_least_four_digits(number: str) -> None:
    masked = mask(number)

    shown = [character for character in masked if character.isdigit()]
    assert len(shown) <= min(6, len(number) - 1 - 4)


@given(st.text(max_size=30), st.one_of(numbers, st.tuples(local_parts, domains).map("@".join)))
def test_a_text_never_keeps_an_address_or_a_number_that_stands_in_it(
    words: str, address: str
) -> None:
    masked = mask_within(f"{words} <{address}> {words}")

    assert address not in masked


@pytest.mark.parametrize(
    "text",
    ["smtp; 550-5.1.1 The account does not exist", "452 4.2.2 from 203.0.113.77", "2 of 3 parts"],
)
def test_reply_codes_and_ip_addresses_are_no_phone_numbers(text: str) -> None:
    assert text == mask_within(text)


def test_a_number_with_dots_or_dashes_is_masked() -> None:
    assert "call 4255…55 or +1425…77" == mask_within("call 425.555.0155 or +1 (425) 555-0177")


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_clean_text_is_one_bounded_line_of_what_can_be_seen(text: str, most: int) -> None:
    cleaned = clean(text, most)

    assert len(cleaned) <= most
    assert cleaned == cleaned.strip()
    assert {" "} >= {one for one in cleaned if unicodedata.category(one)[0] in "CZ"}


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("a\r\nb\tc", "a b c", id="lines"),
        pytest.param("in\u202evoice\u2066", "invoice", id="bidirectional overrides"),
        pytest.param("pass\u200bword\0", "password", id="what has no width"),
        pytest.param("\ud800x", "x", id="a lone surrogate"),
        pytest.param("Grüße, 你好 🎉", "Grüße, 你好 🎉", id="other scripts stay"),
        pytest.param("x" * 30, "x" * 19 + "…", id="too long"),
        pytest.param("\0" * 100 + "late", "…", id="hidden behind what is dropped"),
    ],
)
def test_text_of_others_is_cleaned(text: str, cleaned: str) -> None:
    assert cleaned == clean(text, 20)


def test_a_web_address_can_be_read_but_is_no_link() -> None:
    assert "see https[:]//example.com/x" == defang("see https://example.com/x")
