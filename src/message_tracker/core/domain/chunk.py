"""A send chunk: what the API and the sweeper put on a queue, a wake-up for the sender.

The rows in Postgres are the truth; a chunk only names them. A lost, doubled or stale chunk is
therefore harmless.
"""

from collections.abc import Iterable, Iterator
from uuid import UUID

import msgspec

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.message import Channel


class SendChunk(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The messages one provider lease should cover, all of one channel.

    `request_id` names the API's request that it came of, for the log; "" when the sweeper made it.
    """

    channel: Channel
    message_ids: tuple[UUID, ...]
    request_id: str = ""

    def to_json(self) -> str:
        """Return the chunk as the body of an SQS message (ASCII only, as SQS wants XML 1.0)."""
        return msgspec.json.encode(self).decode("ascii")


def parse_chunk(body: str) -> SendChunk:
    """Return the chunk of an SQS message's body."""
    try:
        return msgspec.json.decode(body, type=SendChunk)
    except msgspec.DecodeError as error:
        raise Unparseable(f"not a send chunk: {error}") from error


def chunk_messages(
    channel: Channel,
    messages: Iterable[tuple[UUID, int]],
    *,
    max_units: int,
    max_messages: int,
    request_id: str = "",
) -> Iterator[SendChunk]:
    """Yield the messages in their order, in chunks no lease is too short for.

    Args:
        channel: of all the messages.
        messages: pairs of a message's id and its units: segments, or 1 for an e-mail.
        max_units: of one chunk; a message that alone has more makes a chunk of its own.
        max_messages: of one chunk.
        request_id: the API's request that they came of, if one did.
    """
    ids: list[UUID] = []
    used = 0
    for message_id, units in messages:
        if ids and (used + units > max_units or len(ids) == max_messages):
            yield SendChunk(channel, tuple(ids), request_id)
            ids, used = [], 0
        ids.append(message_id)
        used += units
    if ids:
        yield SendChunk(channel, tuple(ids), request_id)
