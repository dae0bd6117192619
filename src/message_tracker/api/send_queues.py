"""Puts accepted messages on the send queues: each channel has a transactional and a bulk queue."""

from collections.abc import Callable, Mapping, Sequence
from typing import Self
from uuid import UUID

from message_tracker.core.domain.chunk import SendChunk, chunk_messages
from message_tracker.core.domain.message import Channel, Kind
from message_tracker.core.domain.submission import NewMessage
from message_tracker.core.ports import Queue
from message_tracker.core.settings import QueueSettings


class SendQueues:
    """The send queues, two of each channel, and how large their chunks are."""

    def __init__(
        self, queues: Mapping[tuple[Channel, Kind], Queue], settings: QueueSettings
    ) -> None:
        self._queues = queues
        # One lease of the limiter covers a text chunk: a second of the rate.
        self._text_units = max(1, int(settings.text_segments_per_second))
        self._email_units = settings.email_chunk_size

    @classmethod
    def of(cls, settings: QueueSettings, queue: Callable[[str], Queue]) -> Self:
        """Return the queues of the settings' URLs, each made by `queue`."""
        return cls({key: queue(url) for key, url in settings.queue_urls.items()}, settings)

    def enqueue(
        self, messages: Sequence[NewMessage], kind: Kind, request_id: str = ""
    ) -> list[UUID]:
        """Send chunks of a request's messages, and return the ids of those a queue took."""
        return [
            message_id
            for channel in Channel
            for message_id in self._enqueue(kind, self._chunks(channel, messages, request_id))
        ]

    def _enqueue(self, kind: Kind, chunks: Sequence[SendChunk]) -> list[UUID]:
        if not chunks:
            return []
        queue = self._queues[chunks[0].channel, kind]
        refused = set(queue.send([chunk.to_json() for chunk in chunks]))
        return [
            message_id
            for index, chunk in enumerate(chunks)
            if index not in refused
            for message_id in chunk.message_ids
        ]

    def _chunks(
        self, channel: Channel, messages: Sequence[NewMessage], request_id: str
    ) -> list[SendChunk]:
        units = self._text_units if channel is Channel.TEXT else self._email_units
        sized = ((each.message_id, each.units) for each in messages if each.channel is channel)
        return list(
            chunk_messages(
                channel, sized, max_units=units, max_messages=units, request_id=request_id
            )
        )
