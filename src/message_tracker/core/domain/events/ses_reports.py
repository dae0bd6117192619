"""What each type of SES event tells, before it is joined with the mail it is about.

Sources: Amazon SES developer guide, "Contents of event data that Amazon SES publishes", one
section per type; "Bounce types" for what SES means by Permanent, Transient and Undetermined.
"""

from collections.abc import Callable, Mapping
from typing import TypeVar

import msgspec

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.facts import (
    address,
    addresses,
    facts,
    json_text,
    rfc3339,
    text,
)
from message_tracker.core.domain.events.machines import machine
from message_tracker.core.domain.events.vocabulary import Details, EventType
from message_tracker.core.domain.events.wire import Engagement, Mail, Recipient, Record
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.domain.suppression import SuppressionReason, of_bounce

_T = TypeVar("_T")


class Report(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one type of event tells."""

    at: object  # RFC 3339
    natural: tuple[str, ...] = ()  # tells it from others of its mail, type and millisecond
    recipients: tuple[str, ...] = ()  # as the event names them
    status: MessageStatus | None = None
    is_final: bool = False
    cause: str | None = None
    details: Details


def _send(_: Record, mail: Mail) -> Report:
    return Report(at=mail.timestamp, status=MessageStatus.SENT, details={})


def _reject(record: Record, mail: Mail) -> Report:
    reason = record.reject.reason if record.reject else None
    return Report(
        at=mail.timestamp,
        status=MessageStatus.REJECTED,
        is_final=True,
        cause=_cause("Reject", reason),
        details=facts(reason=reason),
    )


def _rendering_failure(record: Record, mail: Mail) -> Report:
    failure = record.failure
    return Report(
        at=mail.timestamp,
        status=MessageStatus.REJECTED,
        is_final=True,
        cause="Rendering Failure",
        details=facts(template_name=failure.template_name, error_message=failure.error_message)
        if failure
        else {},
    )


def _delivery(record: Record, _: Mail) -> Report:
    delivery = _part(record.delivery, "delivery")
    recipients = addresses(delivery.recipients)
    return Report(
        at=delivery.timestamp,
        natural=tuple(sorted(recipients)),
        recipients=recipients,
        status=MessageStatus.DELIVERED,
        is_final=True,
        details=facts(
            smtp_response=delivery.smtp_response,
            reporting_mta=delivery.reporting_mta,
            remote_mta_ip=delivery.remote_mta_ip,
            processing_time_ms=delivery.processing_time_millis,
        ),
    )


def _bounce(record: Record, _: Mail) -> Report:
    bounce = _part(record.bounce, "bounce")
    recipients = _named(bounce.bounced_recipients)
    permanent = bounce.bounce_type == "Permanent"
    diagnosis = _diagnosis(bounce.bounced_recipients)
    code = diagnosis.get("enhanced_status_code")
    return Report(
        at=bounce.timestamp,
        natural=(text(bounce.feedback_id) or "", *sorted(recipients)),
        recipients=recipients,
        # Transient is SES' last word too: it has given up trying. A type SES may add is no
        # verdict on the address, so only Permanent is a hard bounce.
        status=MessageStatus.BOUNCED if permanent else MessageStatus.UNDELIVERED,
        is_final=True,
        cause=_cause("Bounce", bounce.bounce_type, bounce.bounce_sub_type),
        details=facts(
            bounce_type=bounce.bounce_type,
            bounce_sub_type=bounce.bounce_sub_type,
            feedback_id=bounce.feedback_id,
            reporting_mta=bounce.reporting_mta,
            remote_mta_ip=bounce.remote_mta_ip,
            suppress=of_bounce(bounce.bounce_type, bounce.bounce_sub_type, code),
        )
        | diagnosis,
    )


def _complaint(record: Record, _: Mail) -> Report:
    complaint = _part(record.complaint, "complaint")
    recipients = _named(complaint.complained_recipients)
    # A "not-spam" report says that a mail was wrongly filed as spam: the opposite of a complaint.
    is_complaint = complaint.complaint_feedback_type != "not-spam"
    kind = complaint.complaint_feedback_type or complaint.complaint_sub_type
    return Report(
        at=complaint.timestamp,
        natural=(text(complaint.feedback_id) or "", *sorted(recipients)),
        recipients=recipients,
        status=MessageStatus.COMPLAINED if is_complaint else None,
        is_final=is_complaint,
        cause=_cause("Complaint", kind) if is_complaint else None,
        details=facts(
            complaint_type=complaint.complaint_feedback_type,
            complaint_sub_type=complaint.complaint_sub_type,
            feedback_id=complaint.feedback_id,
            user_agent=complaint.user_agent,
            arrived_at=complaint.arrival_date,
            suppress=SuppressionReason.COMPLAINT if is_complaint else None,
        ),
    )


def _delivery_delay(record: Record, _: Mail) -> Report:
    delay = _part(record.delivery_delay, "deliveryDelay")
    recipients = _named(delay.delayed_recipients)
    return Report(
        at=delay.timestamp,
        natural=tuple(sorted(recipients)),
        recipients=recipients,
        status=MessageStatus.DELAYED,
        cause=_cause("DeliveryDelay", delay.delay_type),
        details=facts(
            delay_type=delay.delay_type,
            expires_at=delay.expiration_time,
            reporting_mta=delay.reporting_mta,
        )
        | _diagnosis(delay.delayed_recipients),
    )


def _open(record: Record, mail: Mail) -> Report:
    return _engagement(_part(record.open, "open"), mail)


def _click(record: Record, mail: Mail) -> Report:
    return _engagement(_part(record.click, "click"), mail)


def _engagement(hit: Engagement, mail: Mail) -> Report:
    return Report(
        at=hit.timestamp,
        natural=tuple(
            [text(of, length=4096) or "" for of in (hit.ip_address, hit.user_agent, hit.link)]
        ),
        details=facts(
            ip_address=hit.ip_address,
            user_agent=hit.user_agent,
            link=hit.link,
            link_tags=hit.link_tags,
            machine=machine(hit.user_agent, rfc3339(hit.timestamp), rfc3339(mail.timestamp)),
        ),
    )


def _subscription(record: Record, _: Mail) -> Report:
    subscription = _part(record.subscription, "subscription")
    unsubscribes_all = _unsubscribes_all(subscription.new_topic_preferences)
    return Report(
        at=subscription.timestamp,
        details=facts(
            contact_list=subscription.contact_list,
            source=subscription.source,
            unsubscribe_all=unsubscribes_all,
            suppress=SuppressionReason.UNSUBSCRIBE if unsubscribes_all else None,
            new_topic_preferences=subscription.new_topic_preferences,
            old_topic_preferences=subscription.old_topic_preferences,
        ),
    )


def _unsubscribes_all(preferences: object) -> bool | None:
    """The documented examples disagree on the case of the key."""
    if not isinstance(preferences, dict):
        return None
    values = {str(key).lower(): value for key, value in preferences.items()}
    return values.get("unsubscribeall") is True


REPORTS: Mapping[str, tuple[EventType, Callable[[Record, Mail], Report]]] = {
    kind.value: (kind, read)
    for kind, read in (
        (EventType.SEND, _send),
        (EventType.REJECT, _reject),
        (EventType.BOUNCE, _bounce),
        (EventType.COMPLAINT, _complaint),
        (EventType.DELIVERY, _delivery),
        (EventType.OPEN, _open),
        (EventType.CLICK, _click),
        (EventType.RENDERING_FAILURE, _rendering_failure),
        (EventType.DELIVERY_DELAY, _delivery_delay),
        (EventType.SUBSCRIPTION, _subscription),
    )
}
"""By the provider's name: the type, and how to read it."""


def _part(part: _T | None, name: str) -> _T:
    if part is None:
        raise Unparseable(f"`{name}` is missing from an event of that type; keep the bytes aside")
    return part


def _named(recipients: list[Recipient] | None) -> tuple[str, ...]:
    found = [address(recipient.email_address) for recipient in recipients or ()]
    return tuple([named for named in found if named is not None])


def _diagnosis(recipients: list[Recipient] | None) -> Details:
    """Return what the receiving side said of the first; of all, if it said it of several."""
    if not recipients:
        return {}
    first = recipients[0]
    several = json_text(recipients) if len(recipients) > 1 else None
    return facts(
        enhanced_status_code=first.status,
        diagnostic=first.diagnostic_code,
        action=first.action,
        by_recipient=several,
    )


def _cause(*parts: object) -> str:
    return "/".join([part for value in parts if (part := text(value)) is not None])
