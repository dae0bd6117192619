"""Lists of recipients in files and objects: CSV or NDJSON, plain or gzip, in bounded memory."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import closing
from typing import BinaryIO, Final, cast

from message_tracker.core.domain.addresses import AddressRules
from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.recipient_list import (
    MAX_LINE,
    ListFormat,
    ListLine,
    Place,
    read_csv,
    read_header,
    read_ndjson,
)

_FORMATS: Final = {
    ".csv": ListFormat.CSV,
    ".ndjson": ListFormat.NDJSON,
    ".jsonl": ListFormat.NDJSON,
}
_GZIP_MAGIC: Final = b"\x1f\x8b"  # RFC 1952, section 2.3.1
_SKIPPED_AT_ONCE: Final = 256 * 1024


def format_of(name: str) -> ListFormat | None:
    """Return how the list of a file's name is written, or None if the name does not say."""
    plain = name.lower().removesuffix(".gz")
    return next((form for end, form in _FORMATS.items() if plain.endswith(end)), None)


def read_list(
    stream: BinaryIO, form: ListFormat, start: Place, rules: AddressRules
) -> Iterator[ListLine]:
    """Yield the lines of a list; the stream is closed after the last.

    Args:
        stream: the file's bytes, from their beginning; gzip is told by its first two.
        form: how the list is written.
        start: where to go on; places count decompressed bytes.
        rules: which addresses are taken.

    Raises:
        Unparseable: the header row names no column of addresses, a line is too long, or the gzip
            data is damaged; what came before was yielded.
    """
    with closing(_Lines(stream)) as lines:
        if form is ListFormat.NDJSON:
            lines.skip(start.offset)
            yield from read_ndjson(lines, start, rules)
            return
        first = next(lines, b"")
        header, begin = read_header(first), max(start, Place(len(first), 1))
        lines.skip(begin.offset - len(first))
        yield from read_csv(header, lines, begin, rules)


class _Lines:
    """The lines of a stream, decompressed."""

    def __init__(self, stream: BinaryIO) -> None:
        # It only needs readinto, which every binary stream has.
        self._plain = io.BufferedReader(cast("io.RawIOBase", stream))
        is_gzip = self._plain.peek(2)[:2] == _GZIP_MAGIC
        self._stream = gzip.GzipFile(fileobj=self._plain) if is_gzip else self._plain

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            line = self._stream.readline(MAX_LINE + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise _damaged(error) from error
        if len(line) > MAX_LINE:
            raise Unparseable(f"a line is longer than {MAX_LINE} bytes: shorten it")
        if not line:
            raise StopIteration
        return line

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()
        self._plain.close()

    def skip(self, count: int) -> None:
        """Pass over so many bytes."""
        try:
            while count and (data := self._stream.read(min(count, _SKIPPED_AT_ONCE))):
                count -= len(data)
        except (OSError, EOFError, zlib.error) as error:
            raise _damaged(error) from error


def _damaged(error: Exception) -> Unparseable:
    return Unparseable(f"damaged gzip data ({error}): replace the file by a whole copy")
