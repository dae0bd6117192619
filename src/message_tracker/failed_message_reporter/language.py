"""The languages of reports: catalogs of phrases, and of what to do about each cause."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from message_tracker.core.domain.advice import ADVICE, Advice

Phrase = str | Mapping[str, str]


@dataclass(frozen=True)
class Language:
    """A catalog; `form` says how numbers and dates are written, `advice` is by its key."""

    tag: str
    form: Mapping[str, Any]
    words: Mapping[str, Phrase]
    advice: Mapping[str, tuple[str, str]]

    def say(self, key: str, count: int | None = None, **blanks: str) -> str:
        """Return a phrase with its blanks filled; `count` chooses between one and other."""
        phrase = self.words[key]
        if not isinstance(phrase, str):
            phrase = phrase["one" if count == 1 else "other"]
        if count is not None:
            blanks["count"] = self.number(count)
        return phrase.format(**blanks)

    def number(self, value: int) -> str:
        """Return ``12,340`` as the language writes it."""
        return f"{value:,}".replace(",", self.form["thousands"])


@cache
def language(tag: str) -> Language:
    """Return the catalog of a language, by its tag (RFC 5646)."""
    file = files("message_tracker.failed_message_reporter").joinpath("catalogs", f"{tag}.toml")
    catalog = tomllib.loads(file.read_text("utf-8"))
    told = catalog.get("advice")
    # The advice stands in the domain in English, beside what it is on.
    advice = {
        key: _texts(known) if told is None else (told[key][0], told[key][1])
        for key, known in ADVICE.items()
    }
    return Language(tag, catalog["form"], catalog["words"], advice)


def _texts(advice: Advice) -> tuple[str, str]:
    return advice.meaning, advice.remedy
