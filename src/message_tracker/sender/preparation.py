"""What of a claim may be sent, rendered; the rest is settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from message_tracker.core.domain.errors import InvalidTemplate
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import AttemptId, MessageId
from message_tracker.core.store.dispatch import ClaimedMessage, Settlement
from message_tracker.sender import verdict
from message_tracker.sender.mailing import Mailing
from message_tracker.sender.rendering import Outbound, render


@dataclass(frozen=True, slots=True)
class Ready:
    """A message that may be sent, rendered."""

    message: ClaimedMessage
    outbound: Outbound

    @property
    def message_id(self) -> MessageId:
        """Return the message's id."""
        return self.message.message_id

    @property
    def attempt_id(self) -> AttemptId:
        """Return the id that the call will carry."""
        return self.outbound.attempt_id


def prepare(
    claimed: Sequence[ClaimedMessage], now: datetime, mailing: Mailing | None
) -> tuple[list[Ready], list[Settlement]]:
    """Return what may be sent, and what becomes of all others."""
    ready: list[Ready] = []
    settlements: list[Settlement] = []
    for message in claimed:
        match verdict.without_a_call(message, now) or _rendered(message, now, mailing):
            case Ready() as one:
                ready.append(one)
            case settlement:
                settlements.append(settlement)
    return ready, settlements


def _rendered(
    message: ClaimedMessage, now: datetime, mailing: Mailing | None
) -> Ready | Settlement:
    try:
        return Ready(message, render(message, AttemptId(new_id()), mailing))
    except InvalidTemplate as error:
        return verdict.of_template(message, error, now)
