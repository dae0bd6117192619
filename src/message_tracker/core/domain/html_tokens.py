"""HTML read as tags and texts, in one pass whatever it holds.

The standard library's parser starts over at every tag that does not end, so hostile HTML keeps it
busy for minutes. Here what does not end takes the rest with it, as the standard has it (WHATWG
HTML, 13.2.5: an end of file in a tag or a comment drops it).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Final

_MARKUP: Final = re.compile(r"<(?=[A-Za-z/!?])")
_NAME: Final = re.compile(r"[A-Za-z][^\s/>]*")
_QUOTE_OR_END: Final = re.compile("[\"'>]")
_ATTRIBUTE: Final = re.compile(r"""([^\s=/"'>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_RAW: Final = {
    name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title")
}


@dataclass(frozen=True, slots=True)
class Start:
    """A start tag: its name in lower case, and its attributes, unescaped."""

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class End:
    """An end tag."""

    name: str


def tokens(html: str) -> Iterator[Start | End | str]:
    """Yield the start tags, end tags and texts, unescaped, without comments and declarations."""
    at = 0
    while at < len(html):
        markup = _MARKUP.search(html, at)
        begins = markup.start() if markup else len(html)
        if begins > at:
            yield unescape(html[at:begins])
        if markup is None:
            return
        at = _end(html, begins)
        tag = _tag(html[begins:at])
        if tag is not None:
            yield tag
        if isinstance(tag, Start) and tag.name in _RAW:
            ends = _RAW[tag.name].search(html, at)
            until = ends.start() if ends else len(html)
            yield unescape(html[at:until]) if tag.name == "textarea" else html[at:until]
            at = until


def _end(html: str, begins: int) -> int:
    """Return where the markup that begins there ends; the text's end if it does not."""
    if html.startswith("<!--", begins):
        return _after(html, "-->", begins + 4)
    if not _NAME.match(html, begins + 1 + html.startswith("</", begins)):
        return _after(html, ">", begins)
    at = begins
    while found := _QUOTE_OR_END.search(html, at):
        if found[0] == ">":
            return found.end()
        at = _after(html, found[0], found.end())
    return len(html)


def _after(html: str, what: str, at: int) -> int:
    found = html.find(what, at)
    return len(html) if found < 0 else found + len(what)


def _tag(markup: str) -> Start | End | None:
    """Return the tag; None for a comment, a declaration, or what does not end."""
    is_end = markup.startswith("</")
    name = _NAME.match(markup, 1 + is_end)
    if name is None or not markup.endswith(">"):
        return None
    if is_end:
        return End(name[0].lower())
    attributes = {
        found[1].lower(): unescape(found[2] or found[3] or found[4] or "")
        for found in _ATTRIBUTE.finditer(markup, name.end())
    }
    return Start(name[0].lower(), attributes)
