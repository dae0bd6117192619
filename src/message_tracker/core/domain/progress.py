"""Until when a group's messages are sent, if it goes on as it does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from message_tracker.core.domain.message import GroupState

LATELY: Final = timedelta(minutes=1)
"""Over which a rate is measured."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many messages of a channel wait, and how many were sent `LATELY`."""

    waiting: int
    sent_lately: int


def estimated_finish(
    state: GroupState, channels: Sequence[Progress], now: datetime
) -> datetime | None:
    """Return when the last that waits now is sent; None: nothing waits, or nobody can say."""
    waiting = [channel for channel in channels if channel.waiting > 0]
    if state is not GroupState.ACTIVE or not waiting:
        return None
    if any(channel.sent_lately <= 0 for channel in waiting):
        return None
    return now + max(LATELY * channel.waiting / channel.sent_lately for channel in waiting)
