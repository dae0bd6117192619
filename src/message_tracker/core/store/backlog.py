"""What waits to be sent, and what stands against sending it: one statement, whatever its size."""

from datetime import datetime
from uuid import UUID

from message_tracker.core.domain.estimate import Backlog
from message_tracker.core.domain.message import Channel, GroupState, Kind
from message_tracker.core.store.database import Database
from message_tracker.core.store.groups import is_uuid
from message_tracker.core.store.queries import queries

_QUERIES = queries("backlog")


class Backlogs:
    """Looks at the backlog."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def before(self, due_at: datetime, group: str | None) -> Backlog:
        """Return what is due by then; a large sum is right to about 7 %.

        Args:
            due_at: when a request is to be sent.
            group: as the request names it: an id, a name, or None.
        """
        by_id = group is not None and is_uuid(group)
        rows = self._database.fetch(
            _QUERIES["backlog"],
            {
                "due_at": due_at,
                "group_id": UUID(group) if group and by_id else None,
                "group_name": None if by_id else group,
            },
        )
        state = rows[0]["group_state"]
        return Backlog(
            units={(Channel(row["channel"]), Kind(row["kind"])): row["units"] for row in rows},
            parked=frozenset(Channel(row["channel"]) for row in rows if row["is_parked"]),
            group=None if state is None else GroupState(state),
        )
