"""Stops, pauses and resumes a group."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from message_tracker.core.domain.message import GroupState
from message_tracker.core.domain.problem import Problem, RequestRefused
from message_tracker.core.observability import logger
from message_tracker.core.store.group_orders import GroupOrders, Progress

_LOGGER = logger("api")

# Within what the gateway waits, with room for the batch under way; the sweeper does the rest.
_PATIENCE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class GroupControl:
    """The use cases of ``POST /groups/{group_id}/stop``, ``/pause`` and ``/resume``."""

    orders: GroupOrders
    clock: Callable[[], datetime]

    def order(self, group_id: UUID, state: GroupState) -> Progress | None:
        """Give the order and carry it out as far as there is time; None: there is no such group.

        Raises:
            RequestRefused: 409, a stopped group is to be paused.
        """
        began = self.clock()
        stands = self.orders.give(group_id, state)
        if stands is None:
            return None
        if stands is not state:
            detail = "the group is stopped: nothing of it waits; resume it first to pause it"
            raise RequestRefused(Problem(409, "group-stopped", "The group is stopped", detail))
        progress = self.orders.carry_out(
            group_id, state, now=began, has_time=lambda: self.clock() < began + _PATIENCE
        )
        _LOGGER.info("ordered", group_id=group_id, state=state, messages=progress.messages)
        return progress
