"""What the sweeper does for messages no sender looks at; each method is one statement.

Each takes at most `MOST` messages and skips those another transaction has locked; call it again
while it returns that many.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import LiteralString
from uuid import UUID

from psycopg.rows import DictRow

from message_tracker.core.domain.backoff import MOST_ATTEMPTS
from message_tracker.core.domain.cause import OwnCause
from message_tracker.core.domain.events.vocabulary import EventType
from message_tracker.core.domain.message import Channel, Kind, MessageId
from message_tracker.core.store.database import Database, Parameters
from message_tracker.core.store.queries import queries

_QUERIES = queries("sweep")
_PARTITIONS_AHEAD = 4

MOST = 5_000
"""Rows one statement takes: some 100 ms of work, so that no sender waits long for a row."""


UNREACHABLE = (EventType.TEXT_CARRIER_UNREACHABLE, EventType.TEXT_UNREACHABLE)
"""Failures of a text that may pass: a carrier in trouble, a phone switched off."""


@dataclass(frozen=True, slots=True)
class DueMessage:
    """A message to put on a queue."""

    message_id: MessageId
    kind: Kind
    units: int


class SweepStore:
    """The sweeper's statements; all but `take_due` return the ids of the messages they changed.

    Args:
        database: where they run.
        most: how many messages one call takes.
    """

    def __init__(self, database: Database, *, most: int = MOST) -> None:
        self._database = database
        self.most = most

    def settle_by_events(self) -> list[MessageId]:
        """Let go of what was begun and never recorded, but proved sent by an event."""
        return self._ids(self._fetch(_QUERIES["settle_by_events"], {}))

    def retry_unconfirmed(
        self, channel: Channel, *, before: datetime, now: datetime
    ) -> list[MessageId]:
        """Make due again what was begun before `before`, is unsettled, and asked for a retry.

        Only while events of the channel arrive: if their path is down, silence proves nothing.
        """
        parameters = {"channel": channel, "before": before, "now": now}
        return self._ids(
            self._fetch(
                _QUERIES["retry_unconfirmed"], {**parameters, "most_attempts": MOST_ATTEMPTS}
            )
        )

    def hold_unconfirmed(
        self, channel: Channel, *, before: datetime, now: datetime
    ) -> list[MessageId]:
        """Mark unconfirmed what was begun before `before`, is unsettled, and must not be retried.

        That is what asked to be held, and what has used up its attempts.
        """
        parameters = {"channel": channel, "before": before, "now": now}
        return self._ids(
            self._fetch(
                _QUERIES["hold_unconfirmed"],
                {**parameters, "most_attempts": MOST_ATTEMPTS, "cause": OwnCause.UNCONFIRMED},
            )
        )

    def expire(self, *, now: datetime) -> list[MessageId]:
        """Give up what was not begun within its time to live."""
        parameters = {"now": now, "cause": OwnCause.EXPIRED}
        return self._ids(self._fetch(_QUERIES["expire_messages"], parameters))

    def free_expired_claims(self, *, now: datetime) -> list[MessageId]:
        """Make free what a sender or sweeper claimed, and died before it began anything."""
        return self._ids(self._fetch(_QUERIES["free_expired_claims"], {"now": now}))

    def free_stale(self, *, before: datetime) -> list[MessageId]:
        """Make free what was enqueued before `before` and never begun: its chunk must be lost."""
        return self._ids(self._fetch(_QUERIES["free_stale"], {"before": before}))

    def take_due(
        self, channel: Channel, claim_id: UUID, *, now: datetime, until: datetime
    ) -> list[DueMessage]:
        """Mark as enqueued, and claim until `until`, what is due of the channel and on no queue.

        In order of kind and due time. `confirm_enqueued` must follow; if it does not, the claims
        expire.
        """
        parameters = {
            "channel": channel,
            "claim_id": claim_id,
            "now": now,
            "claimed_until": until,
        }
        return [
            DueMessage(MessageId(row["message_id"]), Kind(row["kind"]), row["units"])
            for row in self._fetch(_QUERIES["take_due"], parameters)
        ]

    def confirm_enqueued(
        self, claim_id: UUID, message_ids: Sequence[UUID], *, refused: Collection[UUID]
    ) -> None:
        """Give the claims of `take_due` back; what the queue refused is due again at once."""
        parameters = {
            "claim_id": claim_id,
            "message_ids": list(message_ids),
            "refused": list(refused),
        }
        self._database.fetch(_QUERIES["confirm_enqueued"], parameters)

    def resend_texts(self, *, since: datetime, delay: timedelta, now: datetime) -> list[MessageId]:
        """Put up to be sent once more the texts that could not be reached for the time being.

        Those are told of since `since`; they are due again `delay` after that. A text is put up
        once in its life, whatever comes of it.
        """
        parameters = {
            "since": since,
            "delay": delay,
            "now": now,
            "event_types": [str(event_type) for event_type in UNREACHABLE],
        }
        return self._ids(self._fetch(_QUERIES["resend_texts"], parameters))

    def prepare_event_partitions(self, *, now: datetime) -> None:
        """Make the coming months' partitions of the events, where they are missing."""
        parameters = {"now": now, "months": _PARTITIONS_AHEAD}
        self._database.fetch(_QUERIES["prepare_event_partitions"], parameters)

    def _fetch(self, query: LiteralString, parameters: Parameters) -> list[DictRow]:
        return self._database.fetch(query, {**parameters, "most": self.most})

    def _ids(self, rows: Sequence[DictRow]) -> list[MessageId]:
        return [MessageId(row["message_id"]) for row in rows]
