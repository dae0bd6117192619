"""Firehose: records are buffered per stream and delivered as gzip objects to the stream's bucket.

The emulator's own Firehose writes one plain object per record, which would hide the two things an
event processor must cope with: many records in one object, and compression. Where a stream
delivers to is read from the emulator, where the template created it.
"""

import gzip
import logging
import re
import threading
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient
    from types_boto3_s3 import S3Client

_STOP_SECONDS: Final = 5.0
_GZIP_LEVEL: Final = 1
_logger: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a delivery stream writes to."""

    bucket: str
    prefix: str  # as in the template: may hold `!{timestamp:yyyy/MM/dd}`


class DeliveryStreams:
    """Buffers records and delivers them every `interval_seconds`. Thread-safe."""

    def __init__(
        self,
        firehose: "FirehoseClient",
        s3: "S3Client",
        *,
        interval_seconds: float,
        destinations: Mapping[str, Destination] | None = None,
    ) -> None:
        self._firehose = firehose
        self._s3 = s3
        self._interval_seconds = interval_seconds
        self._destinations = dict(destinations or {})
        self._buffers: dict[str, list[bytes]] = defaultdict(list)
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="twin-firehose", daemon=True)

    def start(self) -> None:
        """Begin to deliver."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver what is buffered, and no more."""
        self._stopped.set()
        self._thread.join(_STOP_SECONDS)
        self.flush()

    def exists(self, stream: str) -> bool:
        """Return whether the stream is known, here or to the emulator."""
        return self._destination(stream) is not None

    def put(self, stream: str, record: bytes) -> None:
        """Buffer one record."""
        with self._lock:
            self._buffers[stream].append(record)

    def buffered(self) -> int:
        """Return how many records wait for their delivery."""
        with self._lock:
            return sum(map(len, self._buffers.values()))

    def flush(self) -> None:
        """Deliver every buffer now; what cannot be delivered stays buffered."""
        with self._flushing:
            for stream in list(self._buffers):
                with self._lock:
                    records = list(self._buffers[stream])
                if records and self._deliver(stream, records):
                    with self._lock:
                        del self._buffers[stream][: len(records)]

    def _run(self) -> None:
        while not self._stopped.wait(self._interval_seconds):
            self.flush()

    def _deliver(self, stream: str, records: list[bytes]) -> bool:
        """Write one object; return whether it is there."""
        try:
            destination = self._destination(stream)
            if destination is None:
                _logger.warning("there is no delivery stream %s: its records wait", stream)
                return False
            self._s3.put_object(
                Bucket=destination.bucket,
                Key=object_key(destination.prefix, stream, datetime.now(UTC)),
                Body=gzip.compress(b"".join(records), _GZIP_LEVEL),
                ContentType="application/octet-stream",
            )
        except (BotoCoreError, ClientError) as error:
            _logger.warning("delivery stream %s: %s", stream, error)
            return False
        return True

    def _destination(self, stream: str) -> Destination | None:
        if stream not in self._destinations:
            try:
                answer = self._firehose.describe_delivery_stream(DeliveryStreamName=stream)
            except self._firehose.exceptions.ResourceNotFoundException:
                return None
            found = answer["DeliveryStreamDescription"]["Destinations"][0]
            described = found["ExtendedS3DestinationDescription"]
            bucket = described["BucketARN"].rpartition(":")[2]
            self._destinations[stream] = Destination(bucket, described.get("Prefix", ""))
        return self._destinations[stream]


_TIMESTAMP: Final = re.compile(r"!\{timestamp:([^}]*)\}")
_JAVA_FIELDS: Final = (("yyyy", "%Y"), ("MM", "%m"), ("dd", "%d"), ("HH", "%H"), ("mm", "%M"))


def object_key(prefix: str, stream: str, now: datetime) -> str:
    """Return the key of a delivered object, made as Firehose does.

    A prefix without an expression is followed by `yyyy/MM/dd/HH/` (Amazon Data Firehose Developer
    Guide, "Custom prefixes for Amazon S3 objects").
    """
    if "!{" not in prefix:
        prefix += "!{timestamp:yyyy/MM/dd/HH}/"
    folder = _TIMESTAMP.sub(lambda match: _formatted(match[1], now), prefix)
    return f"{folder}{stream}-1-{now:%Y-%m-%d-%H-%M-%S}-{uuid4()}.gz"


def _formatted(java_pattern: str, now: datetime) -> str:
    """Format a time by the letters of Java's DateTimeFormatter that prefixes use."""
    for java, python in _JAVA_FIELDS:
        java_pattern = java_pattern.replace(java, python)
    return now.strftime(java_pattern)
