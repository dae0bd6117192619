"""The failures of a report one by one, as CSV that a spreadsheet may open.

Whatever their number, one line at a time is in memory: the whole list goes to a file, and as much
of it as a mail may carry is kept beside.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from message_tracker.core.domain.period_failures import Failure
from message_tracker.core.domain.report import listed
from message_tracker.core.domain.spreadsheet import csv_of
from message_tracker.failed_message_reporter.language import Language

_COLUMNS = ("message_id", "failed_at", "channel", "status", "cause", "group", "recipient")
# A spreadsheet takes UTF-8 for what it is only if it begins with a byte order mark.
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The beginning of a list: its first lines, and how many failures there are in all."""

    lines: tuple[bytes, ...]
    count: int

    @property
    def size(self) -> int:
        """How many bytes the whole excerpt takes."""
        return sum(map(len, self.lines))


def write_list(
    failures: Iterable[Failure], file: BinaryIO, *, names_people: bool, most_bytes: int
) -> Excerpt:
    """Write the whole list to `file`, and return its beginning of at most so many bytes."""
    kept: list[bytes] = []
    room, count = most_bytes, 0
    file.write(_line(_MARK, _COLUMNS))
    for count, failure in enumerate(failures, 1):  # noqa: B007 - told after the loop
        line = _line("", listed(failure, names_people=names_people))
        file.write(line)
        room -= len(line)
        if room >= 0:
            kept.append(line)
    return Excerpt(tuple(kept), count)


def attached(excerpt: Excerpt, most_bytes: int, language: Language) -> tuple[bytes, int]:
    """Return the list as a mail carries it, and how many failures it has; it says what is cut."""
    head = _line(_MARK, _COLUMNS)
    room = most_bytes - len(head) - len(_cut(excerpt.count, excerpt.count, language))
    fitting: list[bytes] = []
    for line in excerpt.lines:
        room -= len(line)
        if room < 0:
            break
        fitting.append(line)
    is_whole = len(fitting) == excerpt.count
    foot = b"" if is_whole else _cut(len(fitting), excerpt.count, language)
    return b"".join((head, *fitting, foot)), len(fitting)


def _cut(most: int, count: int, language: Language) -> bytes:
    return _line("", (language.say("list_line", count, listed=language.number(most)),))


def _line(mark: str, cells: Iterable[str]) -> bytes:
    return f"{mark}{csv_of([tuple(cells)])}".encode()
