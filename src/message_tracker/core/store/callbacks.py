"""The calls we owe: claimed, recorded, listed, owed once more, forgotten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from message_tracker.core.domain.webhooks.callback import Callback, CallbackMessage, CallbackType
from message_tracker.core.domain.webhooks.verdict import PATIENCE, Answer, Verdict
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("callbacks")
_MOST_REPLAYED = 10_000
_MOST_FORGOTTEN = 10_000


@dataclass(frozen=True, slots=True)
class DueCallback:
    """A callback that this process is to call now; the secrets are encrypted."""

    webhook_id: UUID
    claim_id: UUID
    url: str
    secret: bytes
    previous_secret: bytes | None
    attempts: int  # with this one
    callback: Callback


@dataclass(frozen=True, slots=True)
class Called:
    """What a call came to, and what follows."""

    due: DueCallback
    answer: Answer
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Delivery:
    """A callback in an endpoint's log; of its attempts, the last is told."""

    callback_id: UUID
    sequence: int
    type: str
    message_id: UUID | None
    occurred_at: datetime
    created_at: datetime
    due_at: datetime | None
    attempts: int
    attempted_at: datetime | None
    delivered_at: datetime | None
    answer_status: int | None
    latency_ms: int | None
    error: str | None


class Callbacks:
    """The outbox of callbacks.

    Args:
        database: where it is.
        most_each: calls to one endpoint at a time.
    """

    def __init__(self, database: Database, *, most_each: int = 16) -> None:
        self._database = database
        self._most_each = most_each

    def owe_test(self, webhook_id: UUID, callback_id: UUID, *, now: datetime) -> bool:
        """Owe the endpoint a test, and return whether there is such an endpoint."""
        parameters = {
            "webhook_id": webhook_id,
            "callback_id": callback_id,
            "type": CallbackType.TEST,
            "now": now,
        }
        return bool(self._database.fetch(_QUERIES["owe_test"], parameters))

    def claim(
        self, claim_id: UUID, *, most: int, now: datetime, until: datetime
    ) -> list[DueCallback]:
        """Take at most so many that are due; until then nobody else takes them."""
        parameters = {
            "claim_id": claim_id,
            "most": most,
            "most_each": self._most_each,
            "now": now,
            "claimed_until": until,
        }
        rows = self._database.fetch(_QUERIES["claim_callbacks"], parameters)
        return [_due(claim_id, row) for row in rows]

    def record(self, called: Sequence[Called], *, now: datetime) -> list[UUID]:
        """Write down what calls came to, and return the endpoints that this disables."""
        parameters = {
            "webhook_ids": [each.due.webhook_id for each in called],
            "callback_ids": [each.due.callback.callback_id for each in called],
            "claim_ids": [each.due.claim_id for each in called],
            "delivered": [each.verdict.is_delivered for each in called],
            "gone": [each.verdict.is_gone for each in called],
            "dues": [each.verdict.due_at for each in called],
            "answer_statuses": [each.answer.status for each in called],
            "latencies": [each.answer.latency_ms for each in called],
            "errors": [each.answer.error for each in called],
            "now": now,
            "before": now - PATIENCE,
        }
        rows = self._database.fetch(_QUERIES["record_callbacks"], parameters)
        return [row["webhook_endpoint_id"] for row in rows]

    def log(self, webhook_id: UUID, *, before: UUID | None, most: int) -> list[Delivery]:
        """Return the endpoint's deliveries, the latest first, after the one named last."""
        parameters = {"webhook_id": webhook_id, "before": before, "most": most}
        return [Delivery(**row) for row in self._database.fetch(_QUERIES["deliveries"], parameters)]

    def replay(self, webhook_id: UUID, callback_id: UUID, *, now: datetime) -> int:
        """Owe one delivery once more, and return how many there are: 1 or 0."""
        parameters = {"webhook_id": webhook_id, "callback_id": callback_id, "now": now}
        return len(self._database.fetch(_QUERIES["replay_delivery"], parameters))

    def replay_since(
        self, webhook_id: UUID, since: datetime, *, with_delivered: bool, now: datetime
    ) -> int:
        """Owe once more what was written since then, and return how many: at most 10,000.

        What was given up; or, `with_delivered`, that and what was delivered.
        """
        parameters = {
            "webhook_id": webhook_id,
            "since": since,
            "with_delivered": with_delivered,
            "most": _MOST_REPLAYED,
            "now": now,
        }
        return len(self._database.fetch(_QUERIES["replay_deliveries"], parameters))

    def forget(self, before: datetime) -> int:
        """Delete what was written before then, at most 10,000 a call, and return how many."""
        parameters = {"before": before, "most": _MOST_FORGOTTEN}
        return len(self._database.fetch(_QUERIES["forget_deliveries"], parameters))


def _due(claim_id: UUID, row: dict[str, Any]) -> DueCallback:
    return DueCallback(
        webhook_id=row["webhook_endpoint_id"],
        claim_id=claim_id,
        url=row["url"],
        secret=row["secret"],
        previous_secret=row["previous_secret"],
        attempts=row["attempts"],
        callback=Callback(
            callback_id=row["callback_id"],
            type=row["type"],
            sequence=row["sequence"],
            occurred_at=row["occurred_at"],
            message=_message(row) if row["message_id"] else None,
        ),
    )


def _message(row: dict[str, Any]) -> CallbackMessage:
    return CallbackMessage(
        message_id=row["message_id"],
        group_id=row["group_id"],
        channel=row["channel"],
        kind=row["kind"],
        user_id=row["user_id"],
        report_type=row["report_type"],
        status=row["status"],
        is_final=row["is_final"],
        event_type=row["event_type"],
        cause=row["cause"],
        details=row["details"],
    )
