"""Messages as a file, piece by piece: no answer is larger than a Lambda's may be."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from message_tracker.api.answers import plain, to_json
from message_tracker.api.models.messages import ExportFormat, MessageSummary
from message_tracker.core.domain.message_search import MessageSearch, Position
from message_tracker.core.domain.spreadsheet import csv_of
from message_tracker.core.store.messages import Messages, position_of

MOST_IN_A_PIECE: Final = 5_000
"""Messages in one answer."""

LARGEST_PIECE: Final = 4 << 20
"""Bytes; Lambda answers 6 MB, in which a quoted line takes more than its own length."""

_COLUMNS: Final = tuple(MessageSummary.model_fields)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an export; `last` is where the next begins behind, or None at the end."""

    text: str
    last: Position | None


def piece(
    messages: Messages, search: MessageSearch, behind: Position | None, form: ExportFormat
) -> Piece:
    """Return the messages behind a position, as many as one answer holds.

    The first piece of a CSV begins with the names of its columns, the others do not: put together
    they are one file.
    """
    found = messages.search(search, behind, MOST_IN_A_PIECE)
    lines = list(_that_fit([_LINE[form](message) for message in found.messages]))
    is_cut = len(lines) < len(found.messages)
    last = position_of(found.messages[len(lines) - 1]) if is_cut else found.last
    head = csv_of([_COLUMNS]) if form is ExportFormat.CSV and behind is None else ""
    return Piece(head + "".join(lines), last)


def _that_fit(lines: Sequence[str]) -> Iterator[str]:
    room = LARGEST_PIECE
    for line in lines:
        room -= len(line.encode())
        if room < 0:
            return
        yield line


def _csv_line(message: Mapping[str, Any]) -> str:
    return csv_of([[_cell(message[column]) for column in _COLUMNS]])


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, default=plain).strip('"')


def _ndjson_line(message: Mapping[str, Any]) -> str:
    return to_json(message) + "\n"


_LINE: Final = {ExportFormat.CSV: _csv_line, ExportFormat.NDJSON: _ndjson_line}
