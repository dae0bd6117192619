"""The EventBridge envelope: SES' and SMS' fast route, and news of the account.

Source: EventBridge reference, "Amazon SES events" and "AWS End User Messaging SMS and voice
events". The sources tell of more than messages: a sending status, an advisor's recommendation, a
registration. Those are account events.
"""

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.decoding import decode_object
from message_tracker.core.domain.events.facts import facts, json_text, rfc3339, text
from message_tracker.core.domain.events.keys import event_key
from message_tracker.core.domain.events.vocabulary import AccountEvent
from message_tracker.core.domain.events.wire import Record

SOURCES = frozenset({"aws.ses", "aws.sms-voice"})


def read_account_event(envelope: Record, detail: bytes) -> AccountEvent:
    """Return the account event of an envelope whose detail is about no message.

    Raises:
        Unparseable: It is of another source, without a time, or its detail is no object.
    """
    source, detail_type = text(envelope.bus_source), text(envelope.bus_detail_type)
    if source not in SOURCES or detail_type is None:
        raise Unparseable("an EventBridge event of neither SES nor SMS; narrow the rule's pattern")
    occurred_at = rfc3339(envelope.bus_time)
    if occurred_at is None:
        raise Unparseable("`time` of an EventBridge event is missing or no RFC 3339 timestamp")
    values = decode_object(detail)
    # An envelope keeps its id when EventBridge delivers it twice; ours is made up if it has none.
    identity = text(envelope.bus_event_id) or json_text(values)
    return AccountEvent(
        event_key=event_key(occurred_at, source, detail_type, identity),
        occurred_at=occurred_at,
        source=source,
        detail_type=detail_type,
        detail=facts(**{text(name) or "": value for name, value in values.items()}),
    )
