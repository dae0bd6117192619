"""SMS events of AWS End User Messaging.

Whether an event is the last is said by ``isFinal`` and not by its type: TEXT_SUCCESSFUL, "taken by
the carrier", is followed by TEXT_DELIVERED where carriers send receipts and is the last word where
they do not. A type we do not know (VOICE_, MEDIA_ and RCS_ too) is kept and joins nothing.

An event by EventBridge has neither ``context`` nor ``destinationPhoneNumber``: its key is the same
as by Firehose, but it finds its message by the provider's id only.

Source: AWS End User Messaging SMS user guide, "Event types for SMS, MMS and voice", "Event format".
"""

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.facts import address, epoch_ms, facts, own_ids, text
from message_tracker.core.domain.events.keys import event_key
from message_tracker.core.domain.events.vocabulary import DeliveryEvent, Details, EventType
from message_tracker.core.domain.events.wire import Record
from message_tracker.core.domain.message import (
    ATTEMPT_ID_TAG,
    MESSAGE_ID_TAG,
    AttemptId,
    Channel,
    MessageId,
)
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.domain.suppression import of_text_failure

STATUSES = {
    EventType.TEXT_PENDING: MessageStatus.SENT,
    EventType.TEXT_QUEUED: MessageStatus.SENT,
    EventType.TEXT_SENT: MessageStatus.SENT,
    EventType.TEXT_SUCCESSFUL: MessageStatus.SENT,  # delivered, if it is final
    EventType.TEXT_UNKNOWN: MessageStatus.SENT,  # no receipt in 72 hours says nothing against it
    EventType.TEXT_DELIVERED: MessageStatus.DELIVERED,
    EventType.TEXT_INVALID: MessageStatus.UNDELIVERED,
    EventType.TEXT_INVALID_MESSAGE: MessageStatus.UNDELIVERED,
    EventType.TEXT_UNREACHABLE: MessageStatus.UNDELIVERED,
    EventType.TEXT_CARRIER_UNREACHABLE: MessageStatus.UNDELIVERED,
    EventType.TEXT_BLOCKED: MessageStatus.UNDELIVERED,
    EventType.TEXT_CARRIER_BLOCKED: MessageStatus.UNDELIVERED,
    EventType.TEXT_SPAM: MessageStatus.UNDELIVERED,
    EventType.TEXT_TTL_EXPIRED: MessageStatus.UNDELIVERED,
    EventType.TEXT_PROTECT_BLOCKED: MessageStatus.UNDELIVERED,
}
"""What each type joins; every type of the vocabulary that begins with TEXT_ is here."""

_BY_NAME = {event_type.value: event_type for event_type in STATUSES}


def read_sms(record: Record) -> DeliveryEvent:
    """Return the event of a record that has an ``eventTimestamp``.

    Raises:
        Unparseable: Without the message's id or a time between 1970 and 9999.
    """
    type_name = text(record.event_type) or EventType.UNKNOWN
    event_type = _BY_NAME.get(type_name, EventType.UNKNOWN)
    occurred_at = epoch_ms(record.event_timestamp)
    if occurred_at is None:
        raise Unparseable("`eventTimestamp` is not milliseconds since the epoch; keep it aside")
    message_id, attempt_id = _own_ids(record.context)
    provider_message_id = text(record.message_id)
    identity = provider_message_id or (str(message_id) if message_id else None)
    if identity is None:
        raise Unparseable("`messageId` is missing: no message to tell of; keep it aside")
    recipient = address(record.destination_phone_number)
    is_final = _is_final(record, event_type)
    status = _status(event_type, is_final=is_final)
    return DeliveryEvent(
        event_key=event_key(occurred_at, Channel.TEXT, identity, type_name, str(is_final)),
        channel=Channel.TEXT,
        event_type=event_type,
        type_name=type_name,
        occurred_at=occurred_at,
        message_id=message_id,
        attempt_id=attempt_id,
        provider_message_id=provider_message_id,
        recipients=() if recipient is None else (recipient,),
        status=status,
        is_final=is_final,
        cause=type_name if status is MessageStatus.UNDELIVERED else None,
        details=_details(record, is_failure=status is MessageStatus.UNDELIVERED),
    )


def _is_final(record: Record, event_type: EventType) -> bool:
    if isinstance(record.is_final, bool):
        return record.is_final
    return STATUSES.get(event_type, MessageStatus.SENT) is not MessageStatus.SENT


def _status(event_type: EventType, *, is_final: bool) -> MessageStatus | None:
    if event_type is EventType.TEXT_SUCCESSFUL and is_final:
        return MessageStatus.DELIVERED
    return STATUSES.get(event_type)


def _own_ids(context: object) -> tuple[MessageId | None, AttemptId | None]:
    if not isinstance(context, dict):
        return None, None
    return own_ids(context.get(MESSAGE_ID_TAG), context.get(ATTEMPT_ID_TAG))


def _details(record: Record, *, is_failure: bool) -> Details:
    return facts(
        status=record.message_status,
        status_description=record.message_status_description,
        origination=record.origination_phone_number,
        country=record.iso_country_code,
        carrier=record.carrier_name,
        mcc=record.mcc,
        mnc=record.mnc,
        encoding=record.message_encoding,
        parts=record.total_message_parts,
        price=_money(record.total_message_price),
        carrier_fee=_money(record.total_carrier_fee),
        suppress=of_text_failure(record.message_status_description) if is_failure else None,
    )


def _money(value: object) -> object:
    """Return 0 and 0.0 alike: EventBridge may write one for the other."""
    return float(value) if isinstance(value, int) and abs(value) < 1 << 53 else value
