"""The records of an archived object, with their offsets, out of pieces cut anywhere.

A piece may end within a record. A newline always ends one, so of a piece that has newlines all up
to the last is whole. Where records are merely concatenated, those before the first that is not
valid JSON are: a record cut short is not.

A line is nearly always one record. Looking for the place where one might meet another costs as much
as decoding it, so a line is given whole, for the caller to split only if it is no record.
"""

from collections.abc import Iterable, Iterator
from itertools import takewhile

import msgspec

from message_tracker.core.domain.events.stream import split_records

Record = tuple[int, bytes]

# Longer than any record (Firehose takes 1,000 KiB): what is still not whole by then is garbage.
_LONGEST_WAIT = 2 * 1024 * 1024

_VALID = msgspec.json.Decoder(msgspec.Raw)


def archive_lines(pieces: Iterable[bytes], start: int = 0) -> Iterator[Record]:
    """Yield each line, or each record where there are no lines, and its offset in all the bytes.

    Whitespace may surround it. A line that does not decode may hold several records: see
    `split_records`.

    Args:
        pieces: The object's bytes, cut anywhere.
        start: An offset where a record ended; what is before it is skipped.
    """
    offset, waiting = start, b""
    for piece in _after(start, pieces):
        waiting += piece
        if b"\n" in piece:
            *lines, waiting = waiting.split(b"\n")
            for line in lines:
                if line:
                    yield offset, line
                offset += len(line) + 1
        else:
            records = _whole(waiting)
            whole = records[-1][0] + len(records[-1][1]) if records else 0
            yield from _shifted(offset, records)
            offset, waiting = offset + whole, waiting[whole:]
    yield from _shifted(offset, split_records(waiting))


def _after(start: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        if start < len(piece):
            yield piece[start:] if start else piece
        start = max(0, start - len(piece))


def _whole(waiting: bytes) -> list[Record]:
    """Return the records that cannot go on in the next piece.

    From the first that is no object on, all may be one that is cut short, with what looks like
    records in its strings. That one may be garbage instead: in the end only the last are kept back.
    """
    records = list(split_records(waiting))
    whole = list(takewhile(_is_object, records))
    if not whole and len(waiting) >= _LONGEST_WAIT:
        cut_short = takewhile(lambda record: not _is_object(record), reversed(records))
        whole = records[: -len(list(cut_short)) or None]
    return whole or (records if len(waiting) >= _LONGEST_WAIT else [])


def _shifted(by: int, records: Iterable[Record]) -> Iterator[Record]:
    return ((by + offset, raw) for offset, raw in records)


def _is_object(record: Record) -> bool:
    """A number at the end of a piece may go on in the next; an object that is closed may not."""
    _, raw = record
    try:
        _VALID.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return raw.endswith(b"}")
