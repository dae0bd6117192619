"""What happened to a message, in the order in which it happened, and in plain words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from message_tracker.core.domain.advice import advise
from message_tracker.core.domain.events.vocabulary import EventType
from message_tracker.core.domain.status import FAILURES, REVIVABLE, MessageStatus

WORDS: Final = {
    EventType.SEND: "Amazon SES took the e-mail.",
    EventType.REJECT: "Amazon SES refused to send it.",
    EventType.BOUNCE: "It came back.",
    EventType.COMPLAINT: "The recipient reported it as unwanted.",
    EventType.DELIVERY: "The recipient's mail server took it.",
    EventType.OPEN: "It was opened.",
    EventType.CLICK: "A link in it was followed.",
    EventType.RENDERING_FAILURE: "Amazon SES could not fill the template.",
    EventType.DELIVERY_DELAY: "The recipient's mail server does not take it yet; SES tries on.",
    EventType.SUBSCRIPTION: "The recipient changed what they are subscribed to.",
    EventType.TEXT_SENT: "It was handed to the carrier.",
    EventType.TEXT_PENDING: "It waits to be handed to the carrier.",
    EventType.TEXT_QUEUED: "It waits to be sent.",
    EventType.TEXT_SUCCESSFUL: "The carrier took it.",
    EventType.TEXT_DELIVERED: "It reached the phone.",
    EventType.TEXT_INVALID: "The number is not valid.",
    EventType.TEXT_INVALID_MESSAGE: "The text is not valid.",
    EventType.TEXT_UNREACHABLE: "The phone could not be reached.",
    EventType.TEXT_CARRIER_UNREACHABLE: "The carrier could not be reached.",
    EventType.TEXT_BLOCKED: "The phone is barred from receiving it.",
    EventType.TEXT_CARRIER_BLOCKED: "The carrier refused it.",
    EventType.TEXT_SPAM: "The carrier took it for spam.",
    EventType.TEXT_UNKNOWN: "No receipt came; nobody knows whether it reached the phone.",
    EventType.TEXT_TTL_EXPIRED: "It took too long to be delivered, and was given up.",
    EventType.TEXT_PROTECT_BLOCKED: "The account's own protection stopped it.",
}
_OTHER: Final = "The provider reported this."
_GIVEN_UP: Final = FAILURES & REVIVABLE


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened; `what` is the provider's name of it, or ours in lower case."""

    at: datetime
    what: str
    words: str


def timeline(message: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> list[Moment]:
    """Return a message's moments, the earliest first.

    Args:
        message: its columns, with those of its state.
        events: the providers', under the columns' names.
    """
    moments = [*_of_ours(message), *(_of_provider(event) for event in events)]
    if message["sent_at"] and not any(_says_sent(event) for event in events):
        words = "The provider took it, and has not reported on it yet."
        moments.append(Moment(message["sent_at"], "sent", words))
    return sorted(moments, key=lambda moment: moment.at)


def _of_ours(message: Mapping[str, Any]) -> Iterator[Moment]:
    yield Moment(message["created_at"], "accepted", "This service accepted it.")
    if message["send_at"] > message["created_at"]:
        yield Moment(message["send_at"], "due", "It was to be sent from then on.")
    if message["begun_at"]:
        words = "It was handed to the provider, whose answer is not known yet."
        yield Moment(message["begun_at"], "begun", words)
    if message["resent_at"]:
        yield Moment(message["resent_at"], "resent", "It was put up to be sent once more.")
    if message["redriven_at"]:
        words = "It had been given up, and a person had it sent again."
        yield Moment(message["redriven_at"], "redriven", words)
    if message["failed_at"]:
        words = _given_up(MessageStatus(message["status"]), message["cause"])
        yield Moment(message["failed_at"], "given_up", words)


def _given_up(status: MessageStatus, cause: str | None) -> str:
    # An event that came later may have overruled what we gave up for.
    if cause and status in _GIVEN_UP:
        return advise(cause).meaning
    return "This service gave it up."


def _of_provider(event: Mapping[str, Any]) -> Moment:
    name = str(event["event_type"])
    words = WORDS.get(EventType(name), _OTHER) if name in set(EventType) else _OTHER
    if event["cause"] and event["status"] in FAILURES:
        words = f"{words} {advise(event['cause']).meaning}"
    return Moment(event["occurred_at"], name, words)


def _says_sent(event: Mapping[str, Any]) -> bool:
    return event["status"] is not None
