"""When messages were held back: by our own rate, or by a provider that said "later"."""

import math
from dataclasses import dataclass
from datetime import datetime

from message_tracker.core.domain.message import Channel


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in which messages of a channel waited for their slots.

    `calls` counts those to which the provider said "later" at its beginning.
    """

    channel: Channel
    began_at: datetime
    ended_at: datetime
    calls: int = 0


@dataclass(frozen=True, slots=True)
class HeldBack:
    """How long a channel's messages were held back in a period, by any sender at least.

    `calls` counts those to which the provider said "later".
    """

    channel: Channel
    seconds: float
    calls: int

    @property
    def minutes(self) -> int:
        """The time in minutes, as a person counts them: one that has begun is one."""
        return math.ceil(self.seconds / 60)
