"""A mail's HTML, made to tell of opens and clicks.

The links of ``a`` and ``area`` elements that lead to http and https are led through ours, and the
open pixel is put at the end of the body. Everything else stays as it was written, byte for byte:
the source is not printed anew, only these attributes are replaced. Untouched are links of other
schemes (``mailto:``, ``tel:``) and in-page ones, our own, those marked ``data-no-track``, comments.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape, unescape
from html.parser import HTMLParser
from itertools import accumulate
from typing import Final

from message_tracker.core.domain.links import Links

MAX_URL: Final = 2048
"""Characters of a link that is tracked: its token must pass every proxy on the way."""

_LINKS: Final = frozenset({"a", "area"})
_UNTRACKED: Final = "data-no-track"
_WEB: Final = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)
# Attributes as browsers read them (HTML Living Standard, 13.1.2.3): name, then perhaps a value.
_ATTRIBUTE: Final = re.compile(r"""([^\s"'<>/=]+)(?:(\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>][^\s>]*))?""")


def is_web_link(url: str) -> bool:
    """Whether a link leads to http or https, and can stand in a header."""
    return len(url) <= MAX_URL and _WEB.fullmatch(url) is not None


def in_a_header(url: str) -> str:
    """Return a web link in ASCII, what is not percent-encoded as UTF-8 (RFC 3986, section 2.5)."""
    return "".join(
        character
        if character.isascii()
        else "".join(f"%{byte:02X}" for byte in character.encode(errors="replace"))
        for character in url
    )


def tracked(html: str, links: Links) -> str:
    """Return the HTML with its links led through ours, and with the open pixel."""
    found = _Positions(html)
    edits = [edit for edit in found.edits(links) if edit is not None]
    at = len(html) if found.body_end is None else found.body_end
    edits.append((at, at, _pixel(links)))
    return "".join(_pieces(html, sorted(edits)))


_Edit = tuple[int, int, str]  # from, to, what stands there instead


def _pieces(html: str, edits: list[_Edit]) -> Iterator[str]:
    start = 0
    for begin, end, text in edits:
        yield html[start:begin]
        yield text
        start = end
    yield html[start:]


def _pixel(links: Links) -> str:
    return f'<img src="{escape(links.pixel)}" width="1" height="1" alt="" style="border:0">'


@dataclass(frozen=True, slots=True)
class _Tag:
    """A start tag as it is written, and where."""

    offset: int
    text: str


class _Positions(HTMLParser):
    """Where the links' tags stand, and where the body ends."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.tags: list[_Tag] = []
        self.body_end: int | None = None
        # The parser counts lines by "\n" alone, as here.
        self._lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link's tag."""
        if tag in _LINKS and not any(name == _UNTRACKED for name, _ in attrs):
            self.tags.append(_Tag(self._offset(), self.get_starttag_text() or ""))

    def handle_endtag(self, tag: str) -> None:
        """Note the last end of a body."""
        if tag == "body":
            self.body_end = self._offset()

    def edits(self, links: Links) -> Iterator[_Edit | None]:
        """Yield the change of each link that is tracked."""
        for tag in self.tags:
            yield _edit(tag, links)

    def _offset(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column


def _edit(tag: _Tag, links: Links) -> _Edit | None:
    for attribute in _ATTRIBUTE.finditer(tag.text):
        name, value = attribute[1], attribute[3]
        if name.lower() != "href" or value is None:
            continue  # of several, a browser takes the first
        quoted = value[:1] in "\"'"
        url = unescape(value[1:-1] if quoted else value).strip()
        if not is_web_link(url) or links.is_ours(url):
            return None
        begin, end = tag.offset + attribute.start(3), tag.offset + attribute.end(3)
        return begin, end, f'"{escape(links.through(url))}"'
    return None
