"""SES events: event publishing (``eventType``) and identity notifications (``notificationType``).

``mail.timestamp`` is when the mail was sent. Only Send, Reject and Rendering Failure, which have
no time of their own, are dated by it.

Source: Amazon SES developer guide, "Contents of event data that Amazon SES publishes", "The mail
object".
"""

from msgspec import UnsetType

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.decoding import decode_headers, decode_object
from message_tracker.core.domain.events.facts import addresses, facts, own_ids, rfc3339, text
from message_tracker.core.domain.events.keys import event_key
from message_tracker.core.domain.events.ses_reports import REPORTS, Report
from message_tracker.core.domain.events.vocabulary import DeliveryEvent, Details, EventType
from message_tracker.core.domain.events.wire import Mail, Record
from message_tracker.core.domain.message import Channel

_UNKNOWN = (EventType.UNKNOWN, None)
# By these headers mail that was not sent through us says whose it is and what it reports.
_MATCHING_HEADERS = frozenset({"user_id", "report_type"})


def read_ses(record: Record, mail: Mail, raw: bytes) -> DeliveryEvent:
    """Return the event of a record that has a ``mail``.

    Args:
        record: The decoded record.
        mail: Its ``mail``.
        raw: The bytes it was decoded from, for what only events of unknown types need.

    Raises:
        Unparseable: Without the mail's id, the event's time or the part its type names.
    """
    type_name = text(record.event_type) or text(record.notification_type) or EventType.UNKNOWN
    event_type, read = REPORTS.get(type_name, _UNKNOWN)
    report = read(record, mail) if read else _unknown(mail, raw)
    occurred_at = rfc3339(report.at)
    if occurred_at is None:
        raise Unparseable(
            f"the time of a {event_type} event is missing or no RFC 3339 timestamp; keep it aside"
        )
    tags = mail.tags
    message_id, attempt_id = (
        own_ids(_first(tags.mt_id), _first(tags.mt_attempt)) if tags else (None, None)
    )
    provider_message_id = text(mail.message_id)
    identity = provider_message_id or (str(message_id) if message_id else None)
    if identity is None:
        raise Unparseable("`mail.messageId` is missing: no message to tell of; keep it aside")
    return DeliveryEvent(
        event_key=event_key(occurred_at, Channel.EMAIL, identity, type_name, *report.natural),
        channel=Channel.EMAIL,
        event_type=event_type,
        type_name=type_name,
        occurred_at=occurred_at,
        message_id=message_id,
        attempt_id=attempt_id,
        provider_message_id=provider_message_id,
        recipients=report.recipients or _recipients(event_type, mail),
        status=report.status,
        is_final=report.is_final,
        cause=report.cause,
        details=report.details if message_id else report.details | _matching_headers(mail),
    )


def _unknown(mail: Mail, raw: bytes) -> Report:
    """Date an event of a type that SES may add by its own part, if that has a timestamp."""
    parts = decode_object(raw)
    del parts["mail"]
    times = [part.get("timestamp") for part in parts.values() if isinstance(part, dict)]
    own = next((time for time in times if rfc3339(time) is not None), mail.timestamp)
    return Report(at=own, details={})


def _first(values: object) -> object:
    return values[0] if isinstance(values, list) and values else values


def _recipients(event_type: EventType, mail: Mail) -> tuple[str, ...]:
    """Return whom an event concerns that names nobody: all the mail went to.

    A bounce or a complaint may end in a suppression, so of several recipients it accuses none.
    """
    everyone = addresses(mail.destination)
    accusing = event_type in (EventType.BOUNCE, EventType.COMPLAINT)
    return () if accusing and len(everyone) > 1 else everyone


def _matching_headers(mail: Mail) -> Details:
    if isinstance(mail.headers, UnsetType):
        return {}
    try:
        headers = decode_headers(bytes(mail.headers))
    except Unparseable:
        return {}  # the headers only help to match: the event stands without them
    named = {
        str(header.name).lower().removeprefix("x-").replace("-", "_"): header.value
        for header in headers
    }
    return facts(**{name: named[name] for name in _MATCHING_HEADERS & named.keys()})
