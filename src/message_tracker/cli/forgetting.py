"""Archived objects, rewritten without the records of one person."""

import gzip
import re
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from uuid import UUID

from rich.console import Console
from rich.progress import track

from message_tracker.cli.archived import Source
from message_tracker.core.domain.events.stream import split_records
from message_tracker.core.ports import StoredObject
from message_tracker.event_processor.archive_records import archive_lines
from message_tracker.event_processor.decompression import decompressed


def forget_archived(
    source: Source, address: str, message_ids: Sequence[UUID], console: Console
) -> tuple[int, int]:
    """Rewrite every object that has the person's records, and return how many of each there were.

    A record is theirs if it holds the address, in any case, or one of the messages' ids. An object
    that is rewritten is gzip; where the bucket is versioned, its old version goes by the
    bucket's lifecycle.
    """
    wanted = _pattern(address, message_ids)
    records = objects = 0
    for each in track(source.written_since(None), "searching", console=console):
        deleted = _rewrite(source, each, wanted)
        records += deleted
        objects += deleted > 0
    return records, objects


def _rewrite(source: Source, stored: StoredObject, wanted: re.Pattern[bytes]) -> int:
    kept, deleted = BytesIO(), 0
    with gzip.GzipFile(fileobj=kept, mode="wb", mtime=0) as rewritten:
        for record in _records(source, stored):
            if wanted.search(record):
                deleted += 1
            else:
                rewritten.write(record + b"\n")
    if deleted:
        source.objects.put(
            stored.bucket, stored.key, kept.getvalue(), content_type="application/gzip"
        )
    return deleted


def _records(source: Source, stored: StoredObject) -> Iterator[bytes]:
    with source.objects.open(stored.bucket, stored.key) as stream:
        for _, line in archive_lines(decompressed(stream)):
            yield from (record for _, record in split_records(line))


def _pattern(address: str, message_ids: Iterable[UUID]) -> re.Pattern[bytes]:
    """Match the address where no longer one goes on, and the ids."""
    whole = rb"(?<![\w.+-])" + re.escape(address.encode()) + rb"(?![\w-]|\.\w)"
    ids = [str(message_id).encode() for message_id in message_ids]
    return re.compile(b"|".join([whole, *ids]), re.IGNORECASE)
