"""Pauses the groups that bounce, or annoy, too much."""

from dataclasses import dataclass
from datetime import datetime

from message_tracker.core.domain import halting
from message_tracker.core.domain.message import GroupId
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("groups")


@dataclass(frozen=True, slots=True)
class Halt:
    """A group that was paused, and why."""

    group_id: GroupId
    reason: str


def halt_groups(database: Database, now: datetime) -> list[Halt]:
    """Pause the groups with too large a share of bounces or complaints, and return them.

    Only groups are looked at of which something changed since the counts were last added up.
    """
    parameters = {
        "now": now,
        "bounce_share": halting.BOUNCE_SHARE,
        "complaint_share": halting.COMPLAINT_SHARE,
        "least_sent": halting.LEAST_SENT,
        "fewest": halting.FEWEST,
    }
    rows = database.fetch(_QUERIES["halt_groups"], parameters)
    return [Halt(GroupId(row["group_id"]), row["halt_reason"]) for row in rows]
