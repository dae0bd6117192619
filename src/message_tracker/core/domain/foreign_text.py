"""Text that others wrote, made fit to be shown: it cannot reorder, break or hide what is around it.

Escaping for HTML or CSV is still up to who writes those.
"""

import unicodedata

_SPACES = frozenset({"Zs", "Zl", "Zp"})
# Control, format (which holds the bidirectional overrides of UAX #9 and what has no width),
# surrogate, private use, unassigned.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def clean(text: str, most: int = 200) -> str:
    """Return the text on one line, without characters that are not seen, at most `most` long."""
    kept = (_shown(character) for character in text[: 4 * most])
    line = " ".join("".join(kept).split())
    return line if len(line) <= most and len(text) <= 4 * most else f"{line[: most - 1]}…"


def defang(text: str) -> str:
    """Return the text with its web addresses readable, but no longer made into links."""
    return text.replace("://", "[:]//")


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in _SPACES or character in "\t\n\r":
        return " "
    return "" if category in _DROPPED else character
