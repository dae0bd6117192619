"""An audit: whether all places that know of the same messages say the same of them.

The books (`domain.books`) say where every message stands. An audit also asks what the books cannot
see: chunks that no queue has any more, providers whose events have stopped coming, counts that went
wrong, and what the provider itself has counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from message_tracker.core.domain.books import Books, GapKind
from message_tracker.core.domain.message import Channel

SILENT_AFTER: Final = timedelta(hours=1)
"""A provider tells of what it took within minutes; then Firehose holds it for some more."""

OVERDUE_AFTER: Final = timedelta(hours=6)
"""As long as bulk messages may wait on their queue without an alarm."""

LOOKED_BACK: Final = timedelta(hours=24)
"""How far back sends are compared with events and with the provider's counts."""

# The provider dates a send by its own clock, and takes a call whose answer we never got.
_TOLERATED_SHARE: Final = 0.01
_TOLERATED: Final = 10


class FindingKind(StrEnum):
    """What does not agree."""

    LOST = "lost"
    FORGOTTEN = "forgotten"
    LEFT_OVER = "left_over"
    OVERDUE = "overdue"
    SILENT = "silent"
    MISCOUNTED = "miscounted"
    UNCOUNTED = "uncounted"


MEANINGS: Final = {
    FindingKind.LOST: "accepted, but they have no status: their rows were deleted",
    FindingKind.FORGOTTEN: "they wait, but no sender has anything to do for them",
    FindingKind.LEFT_OVER: "given up, but a sender still has something to do for them",
    FindingKind.OVERDUE: "due for hours, and no sender has begun or settled them: a chunk is lost,"
    " or the sender, the sweeper or the rate stands still",
    FindingKind.SILENT: "sent, but no event came of them: an event destination is off or broken,"
    " or the events' way here is",
    FindingKind.MISCOUNTED: "a kept count is not that of the messages: rows were changed by hand",
    FindingKind.UNCOUNTED: "the provider has counted fewer sends than we did",
}
"""Each in plain words, with what it points to."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Messages of which two places do not say the same.

    Args:
        kind: in what way.
        channel: of the messages.
        where: the group, or the count that is wrong.
        count: how many messages.
        message_ids: the first of them, where they can be told.
    """

    kind: FindingKind
    channel: Channel
    where: str
    count: int
    message_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Miscount:
    """A kept count beside the same counted anew."""

    channel: Channel
    where: str
    kept: int
    counted: int


@dataclass(frozen=True, slots=True)
class Compared:
    """What we sent in a time beside what the provider counted; None: it could not be asked."""

    channel: Channel
    since: datetime
    until: datetime
    ours: int
    theirs: int | None


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit saw. Without `books`, it looked at what is recent only."""

    books: Books | None
    findings: tuple[Finding, ...]
    compared: tuple[Compared, ...]

    @property
    def is_clean(self) -> bool:
        """Whether everything agrees."""
        return not self.findings and (self.books is None or self.books.balanced)

    @property
    def messages(self) -> int:
        """How many messages the findings are about."""
        return sum(finding.count for finding in self.findings)

    @property
    def silent(self) -> int:
        """How many messages were sent of which no event came."""
        return sum(each.count for each in self.findings if each.kind is FindingKind.SILENT)


def of_books(books: Books) -> list[Finding]:
    """Return what contradicts the books."""
    return [
        Finding(_OF_GAP[gap.kind], gap.channel, f"group {gap.group_id}", gap.count, gap.message_ids)
        for gap in books.gaps
    ]


def of_counts(miscounts: Iterable[Miscount]) -> list[Finding]:
    """Return the counts that are not those of the messages."""
    return [
        Finding(
            FindingKind.MISCOUNTED,
            each.channel,
            f"{each.where}: kept {each.kept:,}, counted {each.counted:,}",
            abs(each.kept - each.counted),
        )
        for each in miscounts
    ]


def of_provider(compared: Sequence[Compared]) -> list[Finding]:
    """Return where a provider counted fewer sends than we did.

    More is no contradiction: another application may send through the same account.
    """
    return [
        Finding(
            FindingKind.UNCOUNTED,
            each.channel,
            f"{each.since:%F %H:%M} to {each.until:%F %H:%M}:"
            f" sent {each.ours:,}, the provider says {each.theirs:,}",
            each.ours - each.theirs,
        )
        for each in compared
        if each.theirs is not None
        and each.ours - each.theirs > _TOLERATED + _TOLERATED_SHARE * each.ours
    ]


_OF_GAP: Final = {
    GapKind.LOST: FindingKind.LOST,
    GapKind.FORGOTTEN: FindingKind.FORGOTTEN,
    GapKind.LEFT_OVER: FindingKind.LEFT_OVER,
}
