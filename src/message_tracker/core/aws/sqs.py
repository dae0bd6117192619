"""A standard queue on Amazon SQS."""

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
_LARGEST_BATCH = 1024 * 1024  # bytes of all bodies of a call, so of one body too
_MOST_ENTRIES = 10
_MOST_CALLS = 8  # at a time

# A body is characters of XML 1.0 (section 2.2, Char): one that is not would cost its call.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
_XML_TEXT = re.compile("[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]+")

Batch = list[tuple[int, str]]  # each body with its index


class SqsQueue:
    """Sends by SendMessageBatch, several calls at a time; what a call refuses is tried once more.

    A call whose answer was lost may have been taken, so a body can arrive twice.
    """

    def __init__(self, client: "SQSClient", url: str) -> None:
        self._client = client
        self._url = url

    def send(self, bodies: Sequence[str]) -> list[int]:
        """Send all bodies and return the indexes, ascending, of those that could not be sent."""
        sendable = [(i, body) for i, body in enumerate(bodies) if _is_sendable(body)]
        refused = self._send_all(sendable)
        refused = self._send_all([(i, bodies[i]) for i in refused])
        return sorted(refused + [i for i, body in enumerate(bodies) if not _is_sendable(body)])

    def _send_all(self, entries: Batch) -> list[int]:
        batches = list(_batches(entries))
        if len(batches) <= 1:  # the usual case needs no thread
            return [index for batch in batches for index in self._send_batch(batch)]
        with ThreadPoolExecutor(min(_MOST_CALLS, len(batches)), "sqs") as pool:
            return [index for failed in pool.map(self._send_batch, batches) for index in failed]

    def _send_batch(self, batch: Batch) -> list[int]:
        try:
            response = self._client.send_message_batch(
                QueueUrl=self._url,
                Entries=[{"Id": str(index), "MessageBody": body} for index, body in batch],
            )
        except (BotoCoreError, ClientError):  # the indexes tell the caller, who leaves them due
            return [index for index, _ in batch]
        return [int(failure["Id"]) for failure in response.get("Failed", [])]


def _is_sendable(body: str) -> bool:
    return _XML_TEXT.fullmatch(body) is not None and len(body.encode()) <= _LARGEST_BATCH


def _batches(entries: Batch) -> Iterator[Batch]:
    """Cut entries, in order, into batches that one call may carry."""
    batch: Batch = []
    size = 0
    for index, body in entries:
        length = len(body.encode())
        if batch and (len(batch) == _MOST_ENTRIES or size + length > _LARGEST_BATCH):
            yield batch
            batch, size = [], 0
        batch.append((index, body))
        size += length
    if batch:
        yield batch
