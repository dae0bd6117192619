"""Records out of an archived object: newline-delimited, merely concatenated, or both.

SES ends each record with a newline; of SMS nothing is documented, and a stream with
AppendDelimiterToRecord adds a second one. No record of a provider spans lines, so a newline always
ends one and a damaged line costs only itself.

Within a line a record may end wherever ``}`` meets ``{``, and does unless they stand in a string.
A piece cut there that is valid JSON is a record: a cut inside a string leaves the string open.
"""

import re
from collections.abc import Iterator

import msgspec

_MEETING = re.compile(rb"\}[ \t\r]*\{")
# Possessive, and content with a string that never ends: nothing is ever read twice.
_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[{}]', re.DOTALL)
_VALID = msgspec.json.Decoder(msgspec.Raw)
_WHITESPACE = b" \t\r\n"

# A record that never closes is found out by reading on: as far as a record can reach (Firehose
# takes 1,000 KiB), and so many times per line. What follows in that line is garbage, kept whole.
_MAX_RECORD_LENGTH = 1_024_000
_MAX_UNCLOSED = 8


def split_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield each record with its offset, in order, without the whitespace between them.

    What is no JSON is yielded too, as a line or the damaged piece of one, for the caller to
    refuse: every byte that is not whitespace between records is in exactly one piece.
    """
    start = 0
    while start < len(data):
        newline = data.find(b"\n", start)
        end = len(data) if newline < 0 else newline
        yield from _split_line(data, start, end)
        start = end + 1


def _split_line(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    unclosed = 0
    while meeting := _MEETING.search(data, start, end):
        cut = meeting.start() + 1
        if not _is_json(data[start:cut]):
            closed = _closing(data, start, end) if unclosed < _MAX_UNCLOSED else end
            unclosed += closed is None
            cut = closed or cut
        yield from _piece(data, start, cut)
        start = cut
    yield from _piece(data, start, end)


def _piece(data: bytes, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    piece = data[start:end].rstrip(_WHITESPACE)
    stripped = piece.lstrip(_WHITESPACE)
    if stripped:
        yield start + len(piece) - len(stripped), stripped


def _is_json(piece: bytes) -> bool:
    try:
        _VALID.decode(piece)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _closing(data: bytes, start: int, end: int) -> int | None:
    """Return where the braces opened at ``start`` are closed again; None if nowhere."""
    depth = 0
    for token in _TOKEN.finditer(data, start, min(end, start + _MAX_RECORD_LENGTH)):
        if token[0] == b"{":
            depth += 1
        elif token[0] == b"}":
            depth -= 1
            if depth <= 0:
                return token.end()
    return None
