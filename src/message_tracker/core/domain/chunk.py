"""A send chunk: what the API and the sweeper put on a queue, a wake-up for the sender.

The rows in Postgres are the truth; a chunk only names them. A lost, doubled or stale chunk is
therefore harmless.
"""

from uuid import UUID

import msgspec

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.message import Channel


class SendChunk(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The messages one provider lease should cover, all of one channel."""

    channel: Channel
    message_ids: tuple[UUID, ...]

    def to_json(self) -> str:
        """Return the chunk as the body of an SQS message (ASCII only, as SQS wants XML 1.0)."""
        return msgspec.json.encode(self).decode("ascii")


def parse_chunk(body: str) -> SendChunk:
    """Return the chunk of an SQS message's body."""
    try:
        return msgspec.json.decode(body, type=SendChunk)
    except msgspec.DecodeError as error:
        raise Unparseable(f"not a send chunk: {error}") from error
