"""Keeps dead letters, and gives up the messages of those that are send chunks.

A letter is kept whatever it holds. Of a chunk's messages only those never begun are given up: one
that was begun may be with the provider, and the sweeper settles it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from message_tracker.core.domain.chunk import parse_chunk
from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.message import MessageId
from message_tracker.core.store.dead_letters import DeadLetter, DeadLetterStore

_CHUNK = "the sender failed on this chunk as often as its queue allows"
_ANYTHING_ELSE = "its reader failed on it as often as its queue allows"


@dataclass(frozen=True, slots=True)
class DeadLetterService:
    """Keeps what comes from the dead-letter queues; `clock` tells the time."""

    store: DeadLetterStore
    clock: Callable[[], datetime]

    def keep(self, queue: str, sqs_message_id: str, body: str) -> list[MessageId]:
        """Keep one letter and return which messages were given up with it; a repeat gives up none.

        Raises `Unavailable` when Postgres cannot be reached: then the letter must come again.
        """
        message_ids = _messages_of(body)
        letter = DeadLetter(
            queue, sqs_message_id, body, _ANYTHING_ELSE if message_ids is None else _CHUNK
        )
        return self.store.keep(letter, message_ids or (), now=self.clock())


def _messages_of(body: str) -> tuple[UUID, ...] | None:
    """Return the messages of a send chunk, or None if it is none."""
    try:
        return parse_chunk(body).message_ids
    except Unparseable:
        return None
