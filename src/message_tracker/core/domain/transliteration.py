"""The cheaper spelling of a text: characters outside GSM 7-bit written with those inside.

One typographic quote sends a whole text as UCS-2, which holds less than half as much of it. Where
every such character has a spelling that reads the same, the text becomes GSM 7-bit; where a single
one has none (an emoji, another script), it stays as it is, for then nothing would be won.

The alphabet to end in is that of 3GPP TS 23.038, 6.2.1 and 6.2.1.1 (see `segments`). The spellings
are of two kinds: a letter with a diacritic becomes its base letter by canonical decomposition
(Unicode Standard Annex #15), and what does not decompose stands in the table below, by the names
of the Unicode code charts. Compatibility decomposition is not used: it would make 10² into 102.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from message_tracker.core.domain.segments import Segmentation, is_gsm, segment


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a character was written as, and how often."""

    character: str
    replacement: str
    times: int


@dataclass(frozen=True, slots=True)
class Spelling:
    """A text as it is sent.

    Args:
        text: what is sent.
        sent_as: its encoding and segments.
        before: those of the text as it was given; the same when nothing was replaced.
        replaced: each character that was, in the order of the text.
    """

    text: str = field(repr=False)
    sent_as: Segmentation
    before: Segmentation
    replaced: tuple[Replacement, ...] = ()


_TABLE: Final[Mapping[str, str]] = {
    # Quotation marks, apostrophes, primes and accents that stand alone (General Punctuation).
    **dict.fromkeys("‘’‚‛‹›′‵ʹʻʼˈ`´", "'"),
    **dict.fromkeys("“”„‟«»″‶〝〞", '"'),
    # Hyphens, dashes, and the minus sign.
    **dict.fromkeys("‐‑‒–—―−", "-"),
    "…": "...",
    "•": "*",
    "⁄": "/",
    "×": "x",
    # Spaces of any width, and the tabulator.
    **dict.fromkeys("\u00a0\u1680\u202f\u205f\u3000\t", " "),
    **{chr(code): " " for code in range(0x2000, 0x200B)},
    **dict.fromkeys("\u2028\u2029\u0085", "\n"),
    # What is not seen: soft hyphen, zero width space, word joiner, byte order mark.
    **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
    # Letters that do not decompose, and ligatures.
    "Œ": "OE", "œ": "oe", "Ĳ": "IJ", "ĳ": "ij", "ﬁ": "fi", "ﬂ": "fl", "ẞ": "SS",
    "Ł": "L", "ł": "l", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Þ": "Th", "þ": "th",
    "Ħ": "H", "ħ": "h", "Ŧ": "T", "ŧ": "t", "ı": "i", "ĸ": "k",
    # Signs with a usual spelling in letters.
    "©": "(c)", "®": "(R)", "™": "(TM)",
}  # fmt: skip

# A character with its combining marks, or one that is not GSM.
_CANDIDATE: Final = re.compile("[^\u0300-\u036f][\u0300-\u036f]+|[^\n\f\r -_a-~]", re.DOTALL)


def as_written(text: str) -> Spelling:
    """Return a text that is sent as it is given."""
    segmentation = segment(text)
    return Spelling(text, segmentation, segmentation)


def transliterate(text: str) -> Spelling:
    """Return a text in GSM 7-bit, or unchanged.

    It is unchanged when it is GSM already, when one of its characters has no spelling, and when the
    spelling would take more segments.
    """
    written = as_written(text)
    if not written.before.forced_ucs2:
        return written
    counts: Counter[str] = Counter()

    def replace(match: re.Match[str]) -> str:
        spelled = _spelled(match[0])
        if spelled is None:
            return match[0]
        counts[match[0]] += spelled != match[0]
        return spelled

    spelled = _CANDIDATE.sub(replace, text)
    sent_as = segment(spelled)
    if sent_as.forced_ucs2 or sent_as.segments > written.before.segments:
        return written
    replaced = (Replacement(each, _spelled(each) or "", n) for each, n in counts.items() if n)
    return Spelling(spelled, sent_as, written.before, tuple(replaced))


@lru_cache(maxsize=1024)
def _spelled(cluster: str) -> str | None:
    """Return how a character is written in GSM 7-bit; None when it cannot be."""
    composed = unicodedata.normalize("NFC", cluster)
    if is_gsm(composed):
        return composed
    if composed in _TABLE:
        return _TABLE[composed]
    letters = "".join(
        each for each in unicodedata.normalize("NFD", composed) if not unicodedata.combining(each)
    )
    # Letters alone: the base of ≠ is =.
    if not letters.isalpha():
        return None
    return letters if is_gsm(letters) else _TABLE.get(letters)
