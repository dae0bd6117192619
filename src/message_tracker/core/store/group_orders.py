"""Orders to a group: stop, pause, go on.

An order is one update of the group's row, which every sender obeys from its next *begin* on. Making
a million messages follow takes longer than a caller waits, so it is done in batches, by the one who
gave the order while he has time and then by the sweeper. Every batch locks the group's state, so an
order that is overtaken by another one stops at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never
from uuid import UUID

from message_tracker.core.domain.message import GroupId, GroupState
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("groups")

MOST = 20_000
"""Messages of one batch: about half a second of work."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many messages were made to follow, and whether all do now."""

    messages: int
    is_complete: bool


class GroupOrders:
    """Gives orders to groups and carries them out.

    Args:
        database: where the groups are.
        most: how many messages one batch takes.
    """

    def __init__(self, database: Database, *, most: int = MOST) -> None:
        self._database = database
        self._most = most

    def give(self, group_id: UUID, state: GroupState) -> GroupState | None:
        """Set the group's state and return it; None when there is no such group.

        A stopped group cannot be paused: it stays stopped.
        """
        parameters = {"group_id": group_id, "state": state}
        rows = self._database.fetch(_QUERIES["set_group_state"], parameters)
        return GroupState(rows[0]["state"]) if rows else None

    def unsettled(self) -> list[tuple[GroupId, GroupState]]:
        """Return the groups whose messages do not all follow, with the state they are to follow."""
        return [
            (GroupId(row["group_id"]), GroupState(row["state"]))
            for row in self._database.fetch(_QUERIES["unsettled_groups"])
        ]

    def carry_out(
        self,
        group_id: UUID,
        state: GroupState,
        *,
        now: datetime,
        has_time: Callable[[], bool],
    ) -> Progress:
        """Make the group's messages follow its state, as far as there is time.

        A stop ends those not begun. Going on lets go what a pause held, and revives what a stop
        ended. A pause needs nothing: senders put the messages aside as they meet them.

        Args:
            group_id: the group.
            state: what it was ordered to be; if it no longer is, nothing is done.
            now: the present.
            has_time: asked before every batch but the first.
        """
        total = 0
        while True:
            changed = self._batch(group_id, state, now)
            total += changed
            if not changed:
                return Progress(total, self._settle(group_id, state))
            if not has_time():
                return Progress(total, is_complete=False)

    def _batch(self, group_id: UUID, state: GroupState, now: datetime) -> int:
        parameters = {"group_id": group_id, "most": self._most, "now": now}
        match state:
            case GroupState.STOPPED:
                return len(self._database.fetch(_QUERIES["carry_out_stop"], parameters))
            case GroupState.ACTIVE:
                released = self._database.fetch(_QUERIES["carry_out_release"], parameters)
                revived = self._database.fetch(_QUERIES["carry_out_revival"], parameters)
                return len(released) + len(revived)
            case GroupState.PAUSED:
                return 0
            case _:
                assert_never(state)

    def _settle(self, group_id: UUID, state: GroupState) -> bool:
        parameters = {"group_id": group_id, "state": state}
        return bool(self._database.fetch(_QUERIES["settle_group"], parameters))
