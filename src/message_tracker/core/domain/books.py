"""The books: every accepted message stands in exactly one place.

``accepted = waiting + sent + failed + stopped + unconfirmed``; and a message waits if and only if a
sender still has something to do for it.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from message_tracker.core.domain.message import Channel


@dataclass(frozen=True, slots=True)
class Balance:
    """How many messages were accepted, and where they stand."""

    accepted: int = 0
    waiting: int = 0  # scheduled, queued, sending
    sent: int = 0  # sent and all beyond: the provider has it, whatever became of it
    failed: int = 0  # given up on our side: expired, suppressed, failed
    stopped: int = 0
    unconfirmed: int = 0

    @property
    def difference(self) -> int:
        """How many accepted messages stand nowhere; zero if the books balance."""
        placed = self.waiting + self.sent + self.failed + self.stopped + self.unconfirmed
        return self.accepted - placed

    def __add__(self, other: "Balance") -> "Balance":
        return Balance(
            self.accepted + other.accepted,
            self.waiting + other.waiting,
            self.sent + other.sent,
            self.failed + other.failed,
            self.stopped + other.stopped,
            self.unconfirmed + other.unconfirmed,
        )


class GapKind(StrEnum):
    """In what way messages contradict the books."""

    LOST = "lost"  # accepted, but without a status
    FORGOTTEN = "forgotten"  # waiting, but no sender has anything to do for it
    LEFT_OVER = "left_over"  # given up, but a sender still has something to do for it


@dataclass(frozen=True, slots=True)
class Gap:
    """Messages of one group that contradict the books; `message_ids` names the first 20."""

    kind: GapKind
    channel: Channel
    group_id: UUID
    count: int
    message_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Books:
    """Where every message stands, by channel, as of one instant."""

    email: Balance
    text: Balance
    gaps: tuple[Gap, ...] = ()

    @property
    def total(self) -> Balance:
        """Both channels together."""
        return self.email + self.text

    @property
    def balanced(self) -> bool:
        """Whether every message is accounted for."""
        return not self.gaps and self.total.difference == 0

    @property
    def contradictions(self) -> int:
        """How many messages contradict the books."""
        return sum(gap.count for gap in self.gaps)
