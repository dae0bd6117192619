"""What a sender does with the messages of a chunk: claim, begin, record.

Each is one statement in its own transaction, whatever the chunk's size:

* *claim* takes what is due and not begun. It promises nothing: a crash after it is harmless, and
  another sender may take the messages over at once.
* *begin* marks the attempt. Only the claim that still holds a message may, so of two senders with
  the same chunk one begins it; after that the provider may have the message.
* *record* writes down what came of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.rows import DictRow

from message_tracker.core.domain.message import (
    Attachment,
    AttemptId,
    Channel,
    Content,
    ContentId,
    GroupId,
    Kind,
    MessageId,
    Personal,
    Recipient,
)
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.domain.suppression import blocking
from message_tracker.core.domain.throttling import Stretch
from message_tracker.core.store.attachments import attachments_of
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("dispatch")


@dataclass(frozen=True, slots=True)
class ClaimedMessage:
    """One message of a claim, with all that sending it needs.

    `units` is what it costs at the limiter; `attempts` counts the provider calls made so far;
    `is_probe`: it alone may pass the channel's open circuit, and closes it; `is_test`: it goes to
    the provider's simulator instead of its recipient.
    """

    message_id: MessageId
    group_id: GroupId
    channel: Channel
    kind: Kind
    recipient: Recipient
    content: Content
    units: int
    attempts: int
    expires_at: datetime | None
    suppression_reason: str | None
    is_probe: bool = False
    is_test: bool = False


@dataclass(frozen=True, slots=True)
class Settled:
    """The sender is done with a message; `attempt_id` is None when no call was made.

    `suppress_as` puts the recipient on the suppression list, with this reason.
    """

    message_id: MessageId
    attempt_id: AttemptId | None
    status: MessageStatus
    at: datetime
    provider_message_id: str | None = None
    cause: str | None = None
    cause_detail: str | None = None
    suppress_as: str | None = None


@dataclass(frozen=True, slots=True)
class Deferred:
    """A message certainly not sent, to be taken up again at `due_at`.

    `attempt_id` is None when it was never begun; `is_attempt` says whether the try counts.
    """

    message_id: MessageId
    attempt_id: AttemptId | None
    due_at: datetime
    is_attempt: bool = False


Settlement = Settled | Deferred


class DispatchStore:
    """The sender's three statements."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self,
        claim_id: UUID,
        channel: Channel,
        message_ids: Sequence[UUID],
        *,
        now: datetime,
        until: datetime,
    ) -> list[ClaimedMessage]:
        """Take those messages of the channel that are due and not begun, in order of their ids.

        Missing are those of paused groups and those behind an open circuit, which are on no queue
        from now on, and those of stopped groups, which end here. `until` tells the sweeper when a
        claim that began nothing was forsaken. Where contents have attachments, one more statement
        fetches these.
        """
        rows = self._database.fetch(
            _QUERIES["claim_messages"],
            {
                "claim_id": claim_id,
                "channel": channel,
                "message_ids": list(message_ids),
                "now": now,
                "claimed_until": until,
            },
        )
        attached = [row["content_id"] for row in rows if row["has_attachments"]]
        files = attachments_of(self._database, attached) if attached else {}
        contents = {
            row["content_id"]: _content(row, files.get(row["content_id"], ()))
            for row in rows
            if row["has_content"]
        }
        return [_claimed(row, contents[row["content_id"]]) for row in rows]

    def begin(
        self, claim_id: UUID, attempts: Mapping[MessageId, AttemptId], *, now: datetime
    ) -> frozenset[MessageId]:
        """Mark an attempt of each message and return those that may now be sent.

        Missing are those another claim took over, those an event proved sent, and those that
        `claim` would leave out by now.
        """
        ordered = sorted(attempts.items())
        rows = self._database.fetch(
            _QUERIES["begin_messages"],
            {
                "claim_id": claim_id,
                "message_ids": [message_id for message_id, _ in ordered],
                "attempt_ids": [attempt_id for _, attempt_id in ordered],
                "now": now,
            },
        )
        return frozenset(row["message_id"] for row in rows)

    def record(
        self, claim_id: UUID, settlements: Sequence[Settlement], held_back: Sequence[Stretch]
    ) -> None:
        """Write down what came of the chunk, and when it was held back; twice is once."""
        ordered = sorted(settlements, key=lambda settlement: settlement.message_id)
        parameters = {"claim_id": claim_id, **_columns(ordered), **_held(held_back)}
        self._database.fetch(_QUERIES["record_outcomes"], parameters)


def _content(row: DictRow, attachments: Sequence[Attachment]) -> Content:
    return Content(
        content_id=ContentId(row["content_id"]),
        subject=row["subject"],
        html=row["html"],
        text=row["body"],
        is_template=row["is_template"],
        ses_template=row["ses_template"],
        headers=row["headers"],
        is_transliterated=row["is_transliterated"],
        attachments=attachments,
    )


def _claimed(row: DictRow, content: Content) -> ClaimedMessage:
    return ClaimedMessage(
        message_id=MessageId(row["message_id"]),
        group_id=GroupId(row["group_id"]),
        channel=Channel(row["channel"]),
        kind=Kind(row["kind"]),
        recipient=Recipient(Personal(row["recipient"]), row["data"] or {}, row["user_id"]),
        content=content,
        units=row["units"],
        attempts=row["attempts"],
        expires_at=row["expires_at"],
        suppression_reason=blocking(row["suppression_reasons"] or (), Kind(row["kind"])),
        is_probe=row["is_probe"],
        is_test=row["is_test"],
    )


def _columns(settlements: Sequence[Settlement]) -> dict[str, list[Any]]:
    settled = [one if isinstance(one, Settled) else None for one in settlements]
    return {
        "message_ids": [one.message_id for one in settlements],
        "attempt_ids": [one.attempt_id for one in settlements],
        "statuses": [one and one.status for one in settled],
        "ats": [one.at if isinstance(one, Settled) else one.due_at for one in settlements],
        "provider_message_ids": [one and one.provider_message_id for one in settled],
        "causes": [one and one.cause for one in settled],
        "cause_details": [one and one.cause_detail for one in settled],
        "refunds": [_refund(one) for one in settlements],
        "suppress_as": [one and one.suppress_as for one in settled],
    }


def _held(stretches: Sequence[Stretch]) -> dict[str, list[Any]]:
    return {
        "held_channels": [one.channel for one in stretches],
        "held_from": [one.began_at for one in stretches],
        "held_until": [one.ended_at for one in stretches],
        "held_calls": [one.calls for one in stretches],
    }


def _refund(settlement: Settlement) -> int:
    """Return how many attempts *begin* counted in vain: a send that never went out is none."""
    if isinstance(settlement, Settled) or settlement.attempt_id is None:
        return 0
    return 0 if settlement.is_attempt else 1
