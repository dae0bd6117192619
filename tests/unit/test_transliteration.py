"""The cheaper spelling: GSM 7-bit where it reads the same, else the text as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.segments import Encoding
from message_tracker.core.domain.transliteration import Replacement, transliterate

spellable = "’“”–—…\u00a0áçêőłœß é€\tabc e\u0301"
texts = st.text(spellable, max_size=300) | st.text(max_size=300) | st.text(spellable + "🎉я")


@given(texts)
def test_the_result_is_gsm_or_the_text_itself(text: str) -> None:
    spelling = transliterate(text)

    assert spelling.sent_as.encoding is Encoding.GSM_7BIT or spelling.text == text


@given(texts)
def test_it_never_takes_more_segments(text: str) -> None:
    spelling = transliterate(text)

    assert spelling.sent_as.segments <= spelling.before.segments


@given(texts)
def test_doing_it_twice_is_doing_it_once(text: str) -> None:
    once = transliterate(text).text

    again = transliterate(once)

    assert (again.text, again.replaced) == (once, ())


@given(st.text("’“”–—…\u00a0áçêőłœß é€\tabc", max_size=300))
def test_what_was_replaced_is_counted_in_full(text: str) -> None:
    spelling = transliterate(text)

    assert all(each.times == text.count(each.character) for each in spelling.replaced)
    assert bool(spelling.replaced) == (spelling.text != text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It’s “here” – now…", 'It\'s "here" - now...'),
        ("10\u202f000\u00a0€", "10 000 €"),
        ("Ça va, garçon ? Œuvre à l’étage", "Ça va, garcon ? OEuvre à l'étage"),
        ("Zażółć gęślą jaźń", "Zazolc gesla jazn"),
        ("cafe\u0301 ú", "café u"),
        ("soft\u00adhyphen\u200b `code`", "softhyphen 'code'"),
    ],
)
def test_a_text_is_spelled_as_a_person_would(text: str, expected: str) -> None:
    assert transliterate(text).text == expected


@pytest.mark.parametrize("text", ["Hi ’🎉’", "Привет’", "10² ’", "a ≠ b ’", "“ನಮಸ್ಕಾರ”", "½ ’"])
def test_nothing_changes_where_one_character_has_no_spelling(text: str) -> None:
    spelling = transliterate(text)

    assert (spelling.text, spelling.replaced) == (text, ())
    assert spelling.sent_as == spelling.before


def test_a_spelling_that_takes_more_segments_is_not_used() -> None:
    dots = "…" * 70

    assert transliterate(dots).text == dots


def test_it_tells_what_was_replaced_and_what_that_saved() -> None:
    spelling = transliterate("’" * 2 + "–" + "a" * 100)

    assert spelling.replaced == (Replacement("’", "'", 2), Replacement("–", "-", 1))
    assert (spelling.before.segments, spelling.sent_as.segments) == (2, 1)


def test_the_text_does_not_show_in_a_log() -> None:
    assert "secret" not in repr(transliterate("secret ’"))
