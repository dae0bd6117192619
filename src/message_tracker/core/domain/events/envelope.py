"""Any record, by any route, into the one vocabulary.

| a record with | is |
| --- | --- |
| ``Type``, ``Message`` | an SNS envelope: its message is read; the topic's own words are no event |
| | other words than JSON are an account event |
| ``detail`` | an EventBridge envelope: its detail is read; about no message: an account event |
| ``mail`` | an SES event |
| ``eventTimestamp`` | an SMS event |
| ``inboundMessageId``, in an SNS envelope | a reply to a text |
| anything else | unparseable: it names no message or no time |

An SES or SMS record of a type we do not know is a ``DeliveryEvent`` of type ``UNKNOWN``.
"""

from msgspec import UnsetType

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.decoding import decode_record
from message_tracker.core.domain.events.eventbridge import read_account_event
from message_tracker.core.domain.events.facts import rfc3339
from message_tracker.core.domain.events.replies import read_reply
from message_tracker.core.domain.events.ses import read_ses
from message_tracker.core.domain.events.sms import read_sms
from message_tracker.core.domain.events.sns import unwrap
from message_tracker.core.domain.events.vocabulary import Event
from message_tracker.core.domain.events.wire import Record


def parse_event(raw: bytes) -> Event | None:
    """Return the event that one JSON document reports; None if it reports none by intention.

    None stands for what SNS and SES say when a topic is subscribed to or validated.

    Raises:
        Unparseable: It is no event. Nothing else is ever raised, whatever the bytes.
    """
    record = decode_record(raw)
    if record.sns_type is None:
        # Of an archived record, which wears no envelope either, nothing else need be asked.
        return _read(record, raw) if record.bus_detail else _read_message(record, raw)
    message = unwrap(record)
    return _read_notified(record, message) if isinstance(message, bytes) else message


def _read_notified(envelope: Record, raw: bytes) -> Event | None:
    record = decode_record(raw)
    if record.mail is None and record.event_timestamp is None:
        reply = read_reply(raw, rfc3339(envelope.sns_timestamp))
        if reply is not None:
            return reply
    return _read(record, raw)


def _read(record: Record, raw: bytes) -> Event | None:
    if isinstance(record.bus_detail, UnsetType):
        return _read_message(record, raw)
    detail = bytes(record.bus_detail)
    inner = decode_record(detail)
    if inner.mail is None and inner.event_timestamp is None:
        return read_account_event(record, detail)
    return _read_message(inner, detail)


def _read_message(record: Record, raw: bytes) -> Event | None:
    if record.mail is not None:
        return read_ses(record, record.mail, raw)
    if record.event_timestamp is not None:
        return read_sms(record)
    if record.notification_type == "AmazonSnsSubscriptionSucceeded":
        return None  # SES, when an identity's notifications are first sent to a topic
    raise Unparseable("neither `mail` nor `eventTimestamp`: no event of SES or SMS; keep it aside")
