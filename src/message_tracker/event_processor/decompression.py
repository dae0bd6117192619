"""The bytes of an archived object, decompressed as they are read, in bounded memory.

Firehose writes gzip; a delivery without compression, or a file an operator put there, is plain.
Which it is, is told by its first two bytes and not by its name.

Source: RFC 1952, section 2.2 (a file is a series of members) and 2.3.1 (ID1 and ID2).
"""

import zlib
from collections.abc import Iterator
from typing import BinaryIO

from message_tracker.core.domain.errors import Unparseable

_READ_BYTES = 64 * 1024
_PIECE_BYTES = 256 * 1024  # the most that one step gives: its lines are still cached when decoded
_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def decompressed(stream: BinaryIO) -> Iterator[bytes]:
    """Yield the object's bytes in pieces of at most 256 KiB.

    Raises:
        Unparseable: The gzip data is damaged or ends early; what came before was yielded.
    """
    data = stream.read(_READ_BYTES)
    if data.startswith(_GZIP_MAGIC):
        yield from _gunzipped(stream, data)
        return
    while data:
        yield data
        data = stream.read(_READ_BYTES)


def _gunzipped(stream: BinaryIO, data: bytes) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP_WINDOW)
    while data := data or stream.read(_READ_BYTES):
        if member.eof:
            member = zlib.decompressobj(_GZIP_WINDOW)
        try:
            piece = member.decompress(data, _PIECE_BYTES)
        except zlib.error as error:
            raise Unparseable(
                f"damaged gzip data ({error}): replace the object by a whole copy"
            ) from error
        data = member.unused_data or member.unconsumed_tail
        if piece:
            yield piece
    if not member.eof:
        raise Unparseable("the gzip data ends early: replace the object by a whole copy")
