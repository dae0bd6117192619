"""Every language says the same: the same phrases, with the same blanks."""

from string import Formatter

from message_tracker.core.domain.advice import ADVICE
from message_tracker.failed_message_reporter.language import Phrase
from tests.reports import ENGLISH, GERMAN


def blanks(phrase: Phrase) -> set[str]:
    texts = [phrase] if isinstance(phrase, str) else [phrase["one"], phrase["other"]]
    return {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}


def test_all_catalogs_have_the_same_phrases_with_the_same_blanks() -> None:
    english, german = ENGLISH.language.words, GERMAN.language.words

    assert {key: blanks(phrase) for key, phrase in english.items()} == {
        key: blanks(phrase) for key, phrase in german.items()
    }


def test_all_catalogs_tell_the_two_numbers_apart_alike() -> None:
    english, german = ENGLISH.language.words, GERMAN.language.words

    assert [] == [
        key for key in english if isinstance(english[key], str) != isinstance(german[key], str)
    ]


def test_all_catalogs_write_numbers_and_dates() -> None:
    english, german = ENGLISH.language.form, GERMAN.language.form

    assert english.keys() == german.keys()
    for form in (english, german):
        assert [7, 12, 12] == [len(form[key]) for key in ("weekdays", "months", "short_months")]


def test_all_catalogs_have_advice_on_every_cause() -> None:
    for wording in (ENGLISH, GERMAN):
        advice = wording.language.advice
        assert ADVICE.keys() == advice.keys()
        assert [] == [key for key, texts in advice.items() if not all(texts)]
