"""What the reads answer, as JSON objects. Times are ISO 8601 in UTC."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from message_tracker.core.domain.circuit import Circuit
from message_tracker.core.domain.message import GroupState
from message_tracker.core.domain.timeline import timeline
from message_tracker.core.store.group_orders import Progress
from message_tracker.core.store.messages import MessageHistory


def to_json(value: Mapping[str, Any]) -> str:
    """Return an answer's body."""
    return json.dumps(value, default=plain, separators=(",", ":"))


def message_answer(history: MessageHistory) -> Mapping[str, Any]:
    """Return a message with where it stands, what happened to it and its events."""
    return {
        **history.message,
        "timeline": [asdict(moment) for moment in timeline(history.message, history.events)],
        "events": [dict(event) for event in history.events],
    }


def order_answer(group_id: UUID, state: GroupState, progress: Progress) -> Mapping[str, Any]:
    """Return what came of an order to a group."""
    return {
        "group_id": group_id,
        "state": state,
        "messages": progress.messages,
        "is_complete": progress.is_complete,
    }


def circuit_answer(circuit: Circuit) -> Mapping[str, Any]:
    """Return an open circuit as anyone may see it: not why it is open."""
    return {"channel": circuit.channel, "opened_at": circuit.opened_at}


def plain(value: datetime | UUID) -> str:
    """Return what JSON has no type for; the queries select nothing else."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return str(value)
