"""The plain text of an HTML template: what a reader without HTML is sent.

Jinja's tags stay where they stand, so that the text is a template of the same data. Of a link its
address is kept, of an image its alternative text; style, script and what is hidden go.
"""

import re
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Final

_TAG: Final = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
# A tag is masked by its number between two characters that no text may hold, so that an HTML parser
# takes what is inside for letters.
_MASK: Final = re.compile("\ue000(\\d+)\ue001")
_STRAY: Final = re.compile(r"\{(?=[{%#])")
_SPACE: Final = re.compile(r"\s+")
_SPACE_BEFORE_BREAK: Final = re.compile(r"[ \t]+\n")
_LINES: Final = re.compile(r"\n{3,}")

_UNSEEN: Final = frozenset({"head", "script", "style", "template", "title"})
_PARAGRAPHS: Final = frozenset(
    {
        *("blockquote", "dl", "fieldset", "h1", "h2", "h3", "h4", "h5", "h6", "ol", "p", "pre"),
        *("table", "ul"),
    }
)
_LINE_ENDS: Final = frozenset(
    {
        *("address", "article", "aside", "caption", "center", "dd", "div", "dt", "footer"),
        *("header", "li", "main", "nav", "section", "tr"),
    }
)
_CELLS: Final = frozenset({"td", "th"})
_VOID: Final = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param"),
        *("source", "track", "wbr"),
    }
)
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)

Attributes = list[tuple[str, str | None]]


def plain_text(html: str) -> str:
    """Return the text of an HTML template, itself a template; empty if it shows no text.

    Args:
        html: the template's source.
    """
    tags: list[str] = []
    reader = _Reader()
    reader.feed(_TAG.sub(lambda match: _masked(match[0], tags), html.translate(_NO_MASKS)))
    reader.close()
    return _MASK.sub(lambda match: tags[int(match[1])], _tidy(reader.parts))


_NO_MASKS: Final = {0xE000: None, 0xE001: None}


def _masked(tag: str, tags: list[str]) -> str:
    tags.append(tag)
    return f"\ue000{len(tags) - 1}\ue001"


def _tidy(parts: Sequence[str]) -> str:
    # A brace made by an entity must not begin a tag that the HTML did not have.
    text = _STRAY.sub("{{ '{' }}", "".join(parts).replace("\N{NO-BREAK SPACE}", " "))
    return _LINES.sub("\n\n", _SPACE_BEFORE_BREAK.sub("\n", text)).strip()


class _Reader(HTMLParser):
    """Collects what is seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen: list[str] = []  # the open elements from the first that is not seen
        self._preformatted = 0
        self._links: list[tuple[str, int]] = []  # their addresses, and where their texts begin

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if self._unseen or _is_unseen(tag, attrs):
            if tag not in _VOID:
                self._unseen.append(tag)
            return
        self._break(tag)
        given = dict(attrs)
        match tag:
            case "a":
                self._links.append((given.get("href") or "", len(self.parts)))
            case "img":
                self.handle_data(given.get("alt") or "")
            case "br":
                self.parts.append("\n")
            case "hr":
                self.parts.append("\n----\n")
            case "li":
                self.parts.append("- ")
            case "pre":
                self._preformatted += 1
            case _:
                pass

    def handle_endtag(self, tag: str) -> None:
        if self._unseen:
            if tag in self._unseen:
                while self._unseen.pop() != tag:
                    pass
            return
        if tag == "a" and self._links:
            self._end_link(*self._links.pop())
        if tag == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        if tag in _CELLS:
            self._space()
        if tag != "li":
            self._break(tag)

    def handle_data(self, data: str) -> None:
        if self._unseen:
            return
        if self._preformatted:
            self.parts.append(data)
            return
        text = _SPACE.sub(" ", data)
        if text.startswith(" "):
            self._space()
        if text.strip():
            self.parts.append(text.lstrip())

    def _space(self) -> None:
        if self.parts and not self.parts[-1].endswith((" ", "\n")):
            self.parts.append(" ")

    def _break(self, tag: str) -> None:
        breaks = 2 * (tag in _PARAGRAPHS) or int(tag in _LINE_ENDS)
        if breaks and self.parts:
            there = 0 if not self.parts[-1].endswith("\n") else 1 + self.parts[-1].endswith("\n\n")
            self.parts.append("\n" * max(0, breaks - there))

    def _end_link(self, address: str, begins: int) -> None:
        label = "".join(self.parts[begins:]).strip()
        address = address.strip()
        if not address or address.startswith("#") or label in (address, _bare(address)):
            return
        self.parts.append(f" ({address})" if label else address)


def _is_unseen(tag: str, attrs: Attributes) -> bool:
    given = dict(attrs)
    return tag in _UNSEEN or "hidden" in given or bool(_HIDDEN.search(given.get("style") or ""))


def _bare(address: str) -> str:
    """Return what a person writes for an address: without its scheme."""
    return re.sub(r"^(?:https?://|mailto:|tel:)", "", address)
