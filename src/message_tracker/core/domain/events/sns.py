"""The SNS envelope: a JSON document as a string inside another.

Whether an envelope is genuine is decided before it is queued, not here. A topic also speaks for
itself, when it is subscribed to and when SES first publishes to it: that reports nothing.

Source: Amazon SNS developer guide, "HTTP/HTTPS notification JSON format".
"""

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.wire import Record

# Plain text, published by SES once, when the topic becomes an event destination.
_SES_GREETING = "Successfully validated SNS topic"


def unwrap(envelope: Record) -> bytes | None:
    """Return the JSON document a notification carries; None if the topic speaks for itself.

    Raises:
        Unparseable: It is an envelope of another type, or carries no text.
    """
    if envelope.sns_type in ("SubscriptionConfirmation", "UnsubscribeConfirmation"):
        return None
    if envelope.sns_type != "Notification" or not isinstance(envelope.sns_message, str):
        raise Unparseable("`Type` or `Message` is none of an SNS notification's; keep it aside")
    if envelope.sns_message.startswith(_SES_GREETING):
        return None
    return envelope.sns_message.encode()
