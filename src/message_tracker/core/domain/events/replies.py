"""Replies to our texts, where the number is two-way: a STOP among them suppresses its sender.

A reply names the text it answers, so it is an event of that message, and by that it is known whose
number it came from. What it says is not ours to keep: only whether it asks us to stop.

Sources: AWS End User Messaging SMS user guide, "Two-way SMS messaging" (the payload) and "Opt-out
lists" (the words).
"""

from datetime import datetime
from typing import Final

import msgspec

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.decoding import decode_object
from message_tracker.core.domain.events.facts import facts, text
from message_tracker.core.domain.events.keys import event_key
from message_tracker.core.domain.events.vocabulary import DeliveryEvent, EventType
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.suppression import SuppressionReason

TYPE_NAME: Final = "TEXT_REPLY"
"""Ours: AWS has no name for it."""

STOP_WORDS: Final = frozenset(
    {"arret", "cancel", "end", "opt-out", "optout", "quit", "remove", "stop", "td", "unsubscribe"}
)
"""A reply that is one of these, in any case, with any punctuation around it, is a STOP."""

_AROUND: Final = " \t\r\n.,;:!?\"'()[]"


class _Reply(msgspec.Struct, rename="camel", gc=False):
    inbound_message_id: object = None
    origination_number: object = None
    message_body: object = None
    previous_published_message_id: object = None


def read_reply(raw: bytes, arrived_at: datetime | None) -> DeliveryEvent | None:
    """Return the reply that a notification carries; None if it carries something else.

    Args:
        raw: the notification's JSON.
        arrived_at: when SNS was given it; a reply itself tells no time.

    Raises:
        Unparseable: it is a reply, and its time is missing.
    """
    reply = msgspec.convert(decode_object(raw), _Reply)
    identity, number = text(reply.inbound_message_id), text(reply.origination_number)
    if identity is None or number is None:
        return None
    if arrived_at is None:
        raise Unparseable("a reply without the time of its notification; keep it aside")
    is_stop = isinstance(reply.message_body, str) and _is_stop(reply.message_body)
    return DeliveryEvent(
        event_key=event_key(arrived_at, Channel.TEXT, identity, TYPE_NAME),
        channel=Channel.TEXT,
        event_type=EventType.UNKNOWN,
        type_name=TYPE_NAME,
        occurred_at=arrived_at,
        message_id=None,
        attempt_id=None,
        provider_message_id=text(reply.previous_published_message_id),
        recipients=(number,),
        status=None,
        is_final=False,
        cause="STOP" if is_stop else None,
        details=facts(suppress=SuppressionReason.OPT_OUT if is_stop else None),
    )


def _is_stop(body: str) -> bool:
    return body.strip(_AROUND).lower() in STOP_WORDS
