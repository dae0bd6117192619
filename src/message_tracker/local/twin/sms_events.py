"""The events AWS End User Messaging SMS publishes about an accepted text.

Shapes: AWS End User Messaging SMS User Guide, "Event format" (Firehose) and "Monitor with
EventBridge". The EventBridge form has neither the destination number nor the context, so only the
provider's message id finds the message.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

import phonenumbers

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.segments import Encoding, segment
from message_tracker.local.twin.accepted import Accepted
from message_tracker.local.twin.publication import ProviderEvent, Route
from message_tracker.local.twin.text_outcomes import TextFact, text_outcome

DESCRIPTIONS: Final = {
    "TEXT_QUEUED": "Message has been queued for delivery",
    "TEXT_PENDING": "Message is in process of being delivered",
    "TEXT_SUCCESSFUL": "Message has been accepted by phone carrier",
    "TEXT_DELIVERED": "Message has been accepted by phone",
    "TEXT_INVALID": "Invalid phone number",
    "TEXT_INVALID_MESSAGE": "Message content is invalid",
    "TEXT_UNREACHABLE": "Phone is currently unreachable/unavailable",
    "TEXT_CARRIER_UNREACHABLE": "Phone carrier is currently unreachable/unavailable",
    "TEXT_BLOCKED": "Destination is on a blocked list",
    "TEXT_CARRIER_BLOCKED": "Phone carrier has blocked this message",
    "TEXT_SPAM": "Blocked as spam by phone carrier",
    "TEXT_UNKNOWN": "Unknown error attempting to reach phone",
    "TEXT_TTL_EXPIRED": "Delivery TTL has expired",
    "TEXT_PROTECT_BLOCKED": "Message blocked by protect configuration",
}
_ONLY_ON_THE_STREAM: Final = frozenset({"destinationPhoneNumber", "context"})
# US dollars per segment: a made-up price that looks like one.
_PRICE: Final = 0.00581
_CARRIER_FEE: Final = 0.00302


def sms_events(
    text: Accepted, *, queued_after: float, outcome_after: float
) -> Iterator[ProviderEvent]:
    """Yield the events: the first after `queued_after` seconds, then each `outcome_after` later.

    EventBridge gets every text's, Firehose those of a text sent with a configuration set.
    """
    for index, fact in enumerate(text_outcome(text.recipients[0]).facts):
        after = queued_after if index == 0 else index * outcome_after
        occurred_at = text.accepted_at + timedelta(seconds=after)
        body = _body(text, fact, occurred_at)
        bodies = {Route.BUS: {key: body[key] for key in body if key not in _ONLY_ON_THE_STREAM}}
        if text.configuration_set:
            bodies[Route.STREAM] = body
        yield ProviderEvent(
            channel=Channel.TEXT,
            event_type=fact.event_type,
            message_id=text.message_id,
            configuration_set=text.configuration_set,
            occurred_at=occurred_at,
            after_seconds=after,
            bodies=bodies,
        )


def _body(text: Accepted, fact: TextFact, occurred_at: datetime) -> dict[str, Any]:
    number = text.recipients[0]
    is_gsm = segment(text.text).encoding is Encoding.GSM_7BIT
    return {
        "eventType": fact.event_type,
        "eventVersion": "1.0",
        "eventTimestamp": _milliseconds(occurred_at),
        "isFinal": fact.is_final,
        "originationPhoneNumber": text.sender,
        "destinationPhoneNumber": number,
        "isoCountryCode": _country(number),
        "isInternationalSend": _country(number) != "US",
        "messageId": text.provider_message_id,
        "messageRequestTimestamp": _milliseconds(text.accepted_at),
        "messageEncoding": "GSM" if is_gsm else "Unicode",
        "messageType": text.message_type,
        "messageStatus": fact.event_type.removeprefix("TEXT_"),
        "messageStatusDescription": DESCRIPTIONS[fact.event_type],
        "context": dict(text.tags),
        "totalMessageParts": text.segments,
        "totalMessagePrice": round(_PRICE * text.segments, 5),
        "totalCarrierFee": round(_CARRIER_FEE * text.segments, 5),
    } | _protection(fact)


def _protection(fact: TextFact) -> dict[str, Any]:
    """Return what a protect configuration adds when it stopped the message."""
    if fact.event_type != "TEXT_PROTECT_BLOCKED":
        return {}
    of_the_account = {"protectConfigurationId": "protect-local", "protectStatus": "BLOCK"}
    return {"protectConfiguration": of_the_account}


def _country(number: str) -> str:
    """Return the ISO 3166 country of an E.164 number, empty for one that belongs to none."""
    parsed = phonenumbers.parse(number)
    return phonenumbers.region_code_for_number(parsed) or ""


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
