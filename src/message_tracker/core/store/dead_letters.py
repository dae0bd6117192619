"""What the queues gave up, and the messages that are given up with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from message_tracker.core.domain.advice import DEAD_LETTER
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import MessageId
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("dead_letters")


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message of a dead-letter queue; `reason` says why it is here, as far as we can tell.

    The body may hold anything, so `repr` leaves it out of every log.
    """

    queue: str
    sqs_message_id: str
    body: str
    reason: str

    def __repr__(self) -> str:
        return f"DeadLetter({self.queue!r}, {self.sqs_message_id!r})"


@dataclass(frozen=True, slots=True, repr=False)
class KeptLetter:
    """A dead letter as it is kept; `sent_back_at` tells when it was put on its queue once more."""

    dead_letter_id: UUID
    queue: str
    sqs_message_id: str
    body: str
    reason: str
    received_at: datetime
    sent_back_at: datetime | None


class DeadLetterStore:
    """Keeps dead letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(
        self, letter: DeadLetter, message_ids: Sequence[UUID], *, now: datetime
    ) -> list[MessageId]:
        """Keep the letter and return which of its messages were given up; once per letter.

        Only messages that are due and never begun are: of the others someone else takes care.
        """
        rows = self._database.fetch(
            _QUERIES["keep_dead_letter"],
            {
                "dead_letter_id": new_id(),
                "queue": letter.queue,
                "sqs_message_id": letter.sqs_message_id,
                # The one character that SQS may carry (as JSON could not) and Postgres cannot keep.
                "body": letter.body.replace("\0", "\N{REPLACEMENT CHARACTER}"),
                "reason": letter.reason,
                "now": now,
                "message_ids": list(message_ids),
                "cause": DEAD_LETTER,
            },
        )
        return [MessageId(row["message_id"]) for row in rows]

    def latest(self, queue: str | None, most: int) -> list[KeptLetter]:
        """Return the letters of a dead-letter queue, or of all, the latest first."""
        rows = self._database.fetch(_QUERIES["latest_letters"], {"queue": queue, "most": most})
        return [KeptLetter(**row) for row in rows]

    def find(self, dead_letter_id: UUID) -> KeptLetter | None:
        """Return one letter, or None."""
        rows = self._database.fetch(_QUERIES["letter_by_id"], {"dead_letter_id": dead_letter_id})
        return KeptLetter(**rows[0]) if rows else None

    def mark_sent_back(self, dead_letter_id: UUID, *, now: datetime) -> None:
        """Note that a letter is on its queue once more."""
        self._database.fetch(
            _QUERIES["mark_sent_back"], {"dead_letter_id": dead_letter_id, "now": now}
        )
