"""A canary: one message to a provider's simulator, by which one sees that the whole way is open."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.simulators import stand_in
from message_tracker.core.domain.status import FAILURES, MessageStatus

_TEXT: Final = "Message Tracker canary"
# Simulators stand in for these.
_ANYBODY: Final = {Channel.EMAIL: Personal("anybody@example.com"), Channel.TEXT: Personal("+1")}


@dataclass(frozen=True, slots=True)
class Flight:
    """One message on its way: what is known of it, and seconds since it was asked for."""

    channel: Channel
    message_id: str | None = None
    status: str = "not accepted"
    accepted_after: float | None = None
    sent_after: float | None = None
    delivered_after: float | None = None
    why: str = ""

    @property
    def has_ended(self) -> bool:
        """Whether waiting longer could change nothing."""
        return self.message_id is None or self.is_well or self.status in FAILURES

    @property
    def is_well(self) -> bool:
        """Whether it was delivered."""
        return self.status == MessageStatus.DELIVERED

    def seen(self, message: Mapping[str, Any]) -> "Flight":
        """Return what is known after a look at ``GET /messages/{id}``."""
        return replace(
            self,
            status=message["status"],
            sent_after=_after(message, "sent_at"),
            delivered_after=_after(message, "delivered_at"),
            why=message["cause"] or "",
        )


def request(channel: Channel, group: str) -> dict[str, str]:
    """Return the body of a ``POST /send`` to the channel's simulator."""
    body = {"to": stand_in(channel, _ANYBODY[channel]), "message": _TEXT, "group": group}
    return body | ({"subject": _TEXT} if channel is Channel.EMAIL else {})


def _after(message: Mapping[str, Any], moment: str) -> float | None:
    """Return the seconds from the message's acceptance to one of its moments."""
    if message[moment] is None:
        return None
    accepted = datetime.fromisoformat(message["created_at"])
    return (datetime.fromisoformat(message[moment]) - accepted).total_seconds()
