"""The SNS envelope: a JSON document as a string inside another.

Whether an envelope is genuine is decided before it is queued, not here. A topic also speaks for
itself, when it is subscribed to and when SES first publishes to it: that reports nothing.

Source: Amazon SNS developer guide, "HTTP/HTTPS notification JSON format".
"""

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.facts import facts, rfc3339, text
from message_tracker.core.domain.events.keys import event_key
from message_tracker.core.domain.events.vocabulary import AccountEvent
from message_tracker.core.domain.events.wire import Record

# Plain text, published by SES once, when the topic becomes an event destination.
_SES_GREETING = "Successfully validated SNS topic"
_SOURCE = "aws.sns"


def unwrap(envelope: Record) -> bytes | AccountEvent | None:
    """Return the JSON document a notification carries; None if the topic speaks for itself.

    A notification in plain words, as anyone may publish one to a topic, is an account event.

    Raises:
        Unparseable: It is an envelope of another type, or carries no text.
    """
    if envelope.sns_type in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return None
    if envelope.sns_type != "Notification" or not isinstance(envelope.sns_message, str):
        raise Unparseable("`Type` or `Message` is none of an SNS notification's; keep it aside")
    if envelope.sns_message.startswith(_SES_GREETING):
        return None
    if not envelope.sns_message.lstrip().startswith("{"):
        return _read_words(envelope)
    return envelope.sns_message.encode()


def _read_words(envelope: Record) -> AccountEvent:
    occurred_at = rfc3339(envelope.sns_timestamp)
    if occurred_at is None:
        raise Unparseable("`Timestamp` of an SNS notification is missing or no RFC 3339 timestamp")
    said = text(envelope.sns_message) or ""
    identity = text(envelope.sns_message_id) or said
    return AccountEvent(
        event_key=event_key(occurred_at, _SOURCE, identity),
        occurred_at=occurred_at,
        source=_SOURCE,
        detail_type="Notification",
        detail=facts(
            topic=envelope.sns_topic, subject=envelope.sns_subject, message=envelope.sns_message
        ),
    )
