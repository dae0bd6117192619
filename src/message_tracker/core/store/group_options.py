"""What a group is told when it is made, and later: how much it may cost, when it is paused."""

from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import GroupId
from message_tracker.core.domain.problem import budget_exceeded
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("groups")


@dataclass(frozen=True, slots=True)
class GroupOptions:
    """A group's options; None is no limit of its own.

    `segment_budget`: how many SMS segments it takes in. The shares are of its e-mails that bounce
    for good, and that are complained of: above them it is paused.
    """

    segment_budget: int | None = None
    halt_bounce_share: float | None = None
    halt_complaint_share: float | None = None


class GroupSettings:
    """Makes groups and changes their options."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, name: str, options: GroupOptions, now: datetime, *, is_test: bool
    ) -> GroupId | None:
        """Make a group, of test messages or of real ones; None: there is one of this name."""
        told = {"name": name, "is_test": is_test, "now": now}
        parameters = {"group_id": new_id(), **told, **asdict(options)}
        rows = self._database.fetch(_QUERIES["create_group"], parameters)
        return GroupId(rows[0]["group_id"]) if rows else None

    def change(self, group_id: UUID, options: GroupOptions, changed: Collection[str]) -> bool:
        """Set those options that are named in `changed`; False: there is no such group."""
        parameters = {"group_id": group_id, "changed": list(changed), **asdict(options)}
        return bool(self._database.fetch(_QUERIES["change_group"], parameters))


def keep_to_budget(cursor: Cursor[DictRow], group_id: GroupId, segments: int) -> None:
    """Wait for who is adding to a group with a budget, and see that so many segments fit.

    The group stays locked until the transaction ends, so that what each adds is counted before the
    next looks.

    Raises:
        RequestRefused: 409, they do not fit.
    """
    row = cursor.execute(_QUERIES["lock_budget"], {"group_id": group_id}).fetchone()
    if row is None:
        return
    budget = row["segment_budget"]
    # A statement of its own: it sees what was committed while the first waited.
    found = cursor.execute(_QUERIES["count_segments_taken"], {"group_id": group_id}).fetchone()
    taken = found["segments"] if found else 0
    if taken + segments > budget:
        raise budget_exceeded(str(group_id), budget=budget, taken=taken, asked=segments)
