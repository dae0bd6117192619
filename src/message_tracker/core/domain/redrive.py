"""A redrive: messages that were given up are put up to be sent again, under the ids they have.

Only what no provider has in hand comes into question, and of that only what a sender would send:
what goes to somebody who has opted out would only be given up once more.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from message_tracker.core.domain.message import GroupState, Kind
from message_tracker.core.domain.status import REVIVABLE, WAITING, MessageStatus
from message_tracker.core.domain.suppression import OWN_DECISIONS, blocking


class Verdict(StrEnum):
    """What a redrive does with a message: sends it again, or leaves it for a reason."""

    REDRIVEN = "redriven"
    SENT = "sent"
    WAITING = "waiting"
    SUPPRESSED = "suppressed"
    OPTED_OUT = "opted_out"
    STALE = "stale"
    IN_DOUBT = "in_doubt"
    GROUP_STOPPED = "group_stopped"
    FORGOTTEN = "forgotten"
    CHANGED = "changed"
    UNKNOWN = "unknown"


WORDS: Final[Mapping[Verdict, str]] = {
    Verdict.REDRIVEN: "to be sent again",
    Verdict.SENT: "the provider has it: see what its events say",
    Verdict.WAITING: "it waits to be sent anyway",
    Verdict.SUPPRESSED: "the recipient is on the suppression list",
    Verdict.OPTED_OUT: "the recipient has opted out or unsubscribed",
    Verdict.STALE: "its time to live has run out",
    Verdict.IN_DOUBT: "it may have been sent, and would then come twice",
    Verdict.GROUP_STOPPED: "its group is stopped: resume the group instead",
    Verdict.FORGOTTEN: "its recipient was deleted",
    Verdict.CHANGED: "somebody else changed it at this moment",
    Verdict.UNKNOWN: "no message has this id",
}
"""What each verdict means, for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which messages are looked at; what is None does not narrow it.

    Test messages are looked at only by their group.

    Args:
        group: of the group of this id or name.
        cause: that stand as they do for this reason; of what has none, its status.
        statuses: that stand so.
        since: that were given up then or later. A stop gives nothing up, so it has no such time.
        until: that were given up before.
    """

    group: str | None = None
    cause: str | None = None
    statuses: Collection[MessageStatus] | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_everything(self) -> bool:
        """Whether nothing narrows it."""
        parts = (self.group, self.cause, self.statuses, self.since, self.until)
        return all(part is None for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What is redriven only if a person says so.

    Args:
        even_if_sent_twice: what is unconfirmed, so that it may come twice.
        even_if_stale: what has outlived its time to live; it then has none any more.
    """

    even_if_sent_twice: bool = False
    even_if_stale: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """What tells whether a message may be redriven."""

    message_id: UUID
    status: MessageStatus
    kind: Kind
    group_state: GroupState
    expires_at: datetime | None
    suppression_reasons: Collection[str]
    has_recipient: bool


def verdict(candidate: Candidate, consent: Consent, now: datetime) -> Verdict:
    """Return what a redrive does with a message as it stands now."""
    if candidate.status in WAITING:
        return Verdict.WAITING
    if candidate.status not in REVIVABLE:
        return Verdict.SENT
    if candidate.status is MessageStatus.UNCONFIRMED and not consent.even_if_sent_twice:
        return Verdict.IN_DOUBT
    return _would_not_leave(candidate, consent, now) or Verdict.REDRIVEN


def _would_not_leave(candidate: Candidate, consent: Consent, now: datetime) -> Verdict | None:
    """Return what would keep a sender from sending it, or None."""
    if not candidate.has_recipient:
        return Verdict.FORGOTTEN
    if candidate.group_state is GroupState.STOPPED:
        return Verdict.GROUP_STOPPED
    if reason := blocking(candidate.suppression_reasons, candidate.kind):
        return Verdict.OPTED_OUT if reason in OWN_DECISIONS else Verdict.SUPPRESSED
    expires_at = candidate.expires_at
    if expires_at is not None and expires_at <= now and not consent.even_if_stale:
        return Verdict.STALE
    return None
