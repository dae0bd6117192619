"""How sending goes, beside what failed: what waits, what was held back, what stands still."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.throttling import HeldBack

OVERDUE_AFTER = timedelta(hours=1)
"""How long after its turn a message that still waits is told of."""


@dataclass(frozen=True, slots=True)
class OpenCircuit:
    """A channel whose provider refuses everyone, and since when nothing is sent by it."""

    channel: Channel
    cause: str
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Situation:
    """What a report tells beside the failures.

    `overdue` and `circuits` are of the moment, the others of the period.
    """

    overdue: int = 0
    suppressed: int = 0
    quarantined: int = 0
    held_back: tuple[HeldBack, ...] = ()
    circuits: tuple[OpenCircuit, ...] = ()
