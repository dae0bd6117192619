"""Archived events wherever an operator has them: a bucket, or a folder on this machine."""

import io
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from message_tracker.core.aws import clients
from message_tracker.core.aws.s3 import S3Objects
from message_tracker.core.domain.errors import ConfigurationFault, MessageTrackerError
from message_tracker.core.ports import ObjectStore, StoredObject
from message_tracker.core.store.event_objects import ArchivedObject
from message_tracker.event_processor.archive import Archive
from message_tracker.event_processor.tally import Tally


@dataclass(frozen=True, slots=True)
class Source:
    """Objects of one store below one prefix."""

    objects: ObjectStore
    bucket: str
    prefix: str

    @classmethod
    def of(cls, url: str) -> "Source":
        """Return what ``s3://bucket/prefix`` or ``file:///folder`` names.

        Raises:
            ConfigurationFault: It is neither, or there is no such folder.
        """
        parts = urlsplit(url)
        path = unquote(parts.path)
        if parts.scheme == "s3" and parts.netloc:
            return cls(S3Objects(clients.object_client()), parts.netloc, path.removeprefix("/"))
        if parts.scheme == "file" and not parts.netloc:
            if not Path(path).is_dir():
                raise ConfigurationFault(f"--from {url}: there is no folder {path}")
            return cls(FolderObjects(), path, "")
        raise ConfigurationFault(f"--from {url}: write s3://bucket/prefix or file:///folder")

    def written_since(self, since: datetime | None) -> list[StoredObject]:
        """Return the objects written then or later, in the order of their keys."""
        listed = self.objects.list(self.bucket, self.prefix)
        return [each for each in listed if since is None or each.modified_at >= since]


class FolderObjects:
    """The files below a folder, which is the bucket; a key is a file's path in it."""

    def list(self, bucket: str, prefix: str) -> Iterator[StoredObject]:
        """Yield the files whose keys begin with `prefix`, in the order of their keys."""
        folder = Path(bucket)
        for path in sorted(folder.rglob("*")):
            key = path.relative_to(folder).as_posix()
            if path.is_file() and key.startswith(prefix):
                stat = path.stat()
                yield StoredObject(
                    bucket=bucket,
                    key=key,
                    etag=f"{stat.st_size}-{stat.st_mtime_ns}",
                    size=stat.st_size,
                    modified_at=datetime.fromtimestamp(stat.st_mtime, UTC),
                )

    def open(self, bucket: str, key: str) -> BinaryIO:
        """Return the file's bytes as a stream, not decompressed."""
        return Path(bucket, key).open("rb")

    def put(self, bucket: str, key: str, body: bytes | BinaryIO, *, content_type: str) -> None:
        """Write a file, replacing one of the same key; a file keeps no type."""
        del content_type
        path = Path(bucket, key)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            shutil.copyfileobj(io.BytesIO(body) if isinstance(body, bytes) else body, file)


@dataclass(slots=True)
class ReadAll:
    """What came of reading many objects."""

    tally: Tally = field(default_factory=Tally)
    failures: dict[str, MessageTrackerError] = field(default_factory=dict)  # by key


def read_all(archive: Archive, listed: Iterable[StoredObject], console: Console) -> ReadAll:
    """Read every object from its beginning, under a progress bar; a damaged one is reported."""
    listed = list(listed)
    outcome = ReadAll()
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=40),
        TaskProgressColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("reading", total=sum(each.size for each in listed))
        for each in listed:
            archived = ArchivedObject(each.bucket, each.key, each.etag)
            try:
                outcome.tally += archive.read(archived, is_forced=True)
            except MessageTrackerError as error:
                outcome.failures[each.key] = error
            progress.update(task, advance=each.size, description=f"{outcome.tally.events:,} events")
    return outcome
