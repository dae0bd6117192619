"""The plain text of an HTML template: what a reader without HTML is sent.

Jinja's tags stay where they stand, so that the text is a template of the same data. Of a link its
address is kept, of an image its alternative text; style, script and what is hidden go.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from message_tracker.core.domain.html_tokens import End, Start, tokens

# A tag is masked by its number between two characters of no meaning, so that reading HTML takes
# what is inside for letters.
_MASK: Final = re.compile("\ue000(\\d+)\ue001")
_NO_MASKS: Final = {0xE000: None, 0xE001: None}
_OPENS: Final = re.compile(r"\{[{%#]")
_CLOSES: Final = {"{{": "}}", "{%": "%}", "{#": "#}"}
_STRAY: Final = re.compile(r"\{(?=[{%#])")
_SPACE: Final = re.compile(r"\s+")
_LINES: Final = re.compile(r"\n{3,}")
_SCHEME: Final = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)
_HIDDEN: Final = re.compile(r"display\s*:\s*none", re.IGNORECASE)

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


def plain_text(html: str) -> str:
    """Return the text of an HTML template, itself a template; empty if it shows no text.

    Args:
        html: the template's source.
    """
    masked, tags = _mask(html.translate(_NO_MASKS))
    reader = _Reader()
    for token in tokens(masked):
        reader.read(token)
    return _MASK.sub(lambda match: tags[int(match[1])], _tidy(reader.parts))


def _mask(html: str) -> tuple[str, Sequence[str]]:
    """Return the HTML with each of Jinja's tags masked by its number, and the tags."""
    parts: list[str] = []
    tags: list[str] = []
    at = 0
    while found := _OPENS.search(html, at):
        closes = html.find(_CLOSES[found[0]], found.end())
        if closes < 0:
            break
        parts += [html[at : found.start()], f"\ue000{len(tags)}\ue001"]
        at = closes + 2
        tags.append(html[found.start() : at])
    return "".join([*parts, html[at:]]), tags


def _tidy(parts: Sequence[str]) -> str:
    # A brace made by an entity must not begin a tag that the HTML did not have.
    text = _STRAY.sub("{{ '{' }}", "".join(parts).replace("\N{NO-BREAK SPACE}", " "))
    lines = "\n".join(line.rstrip() for line in text.split("\n"))
    return _LINES.sub("\n\n", lines).strip()


class _Reader:
    """Collects what is seen."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._unseen = ""  # the element that is not seen, and how many of its name are open
        self._depth = 0
        self._preformatted = 0
        self._link: tuple[str, int] | None = None  # its address, and where its text begins

    def read(self, token: Start | End | str) -> None:
        """Take in the next tag or text."""
        if self._unseen:
            self._pass_over(token)
            return
        match token:
            case Start():
                self._start(token.name, token.attributes)
            case End():
                self._end(token.name)
            case str():
                self._text(token)

    def _pass_over(self, token: Start | End | str) -> None:
        if not isinstance(token, str) and token.name == self._unseen:
            self._depth += 1 if isinstance(token, Start) else -1
            if not self._depth:
                self._unseen = ""

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        if _is_unseen(name, attributes):
            if name not in _VOID:
                self._unseen, self._depth = name, 1
            return
        self._break(name)
        match name:
            case "a":
                self._end_link()
                self._link = attributes.get("href", "").strip(), len(self.parts)
            case "img":
                self._text(attributes.get("alt", ""))
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

    def _end(self, name: str) -> None:
        if name == "a":
            self._end_link()
        if name == "pre":
            self._preformatted = max(0, self._preformatted - 1)
        if name in _CELLS:
            self._space()
        if name != "li":
            self._break(name)

    def _text(self, text: str) -> None:
        if self._preformatted:
            self.parts.append(text)
            return
        text = _SPACE.sub(" ", text)
        if text.startswith(" "):
            self._space()
        if text := text.lstrip(" "):
            self.parts.append(text)

    def _space(self) -> None:
        if self.parts and not self.parts[-1].endswith((" ", "\n")):
            self.parts.append(" ")

    def _break(self, name: str) -> None:
        wanted = 2 * (name in _PARAGRAPHS) or int(name in _LINE_ENDS)
        if not wanted or not self.parts:
            return
        last = self.parts[-1]
        there = len(last) - len(last.rstrip("\n")) if last.endswith("\n") else 0
        if there < wanted:
            self.parts.append("\n" * (wanted - there))

    def _end_link(self) -> None:
        if self._link is None:
            return
        address, begins = self._link
        self._link = None
        label = "".join(self.parts[begins:]).strip()
        if not address or address.startswith("#") or label in (address, _SCHEME.sub("", address)):
            return
        self.parts.append(f" ({address})" if label else address)


def _is_unseen(name: str, attributes: Mapping[str, str]) -> bool:
    return (
        name in _UNSEEN
        or "hidden" in attributes
        or _HIDDEN.search(attributes.get("style", "")) is not None
    )
