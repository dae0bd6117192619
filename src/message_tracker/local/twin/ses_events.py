"""The events SES publishes about an accepted e-mail, as Firehose and EventBridge get them.

Shapes: Amazon SES Developer Guide, "Contents of event data that Amazon SES publishes". The two
routes carry the same JSON. The `send` object is always empty, and `mail.timestamp` is when the
message was accepted, not when the event happened.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from message_tracker.core.domain.message import Channel
from message_tracker.local.clients import ACCOUNT, REGION
from message_tracker.local.twin.accepted import Accepted
from message_tracker.local.twin.email_outcomes import EmailFact, email_outcome
from message_tracker.local.twin.publication import ProviderEvent, Route

# The key of an event's own object where it is not the type with a small first letter.
_OBJECT_KEYS: Final = {"Rendering Failure": "failure", "DeliveryDelay": "deliveryDelay"}
_WITHOUT_TIME: Final = frozenset({"Send", "Reject", "Rendering Failure"})


def ses_events(
    email: Accepted, *, send_after: float, outcome_after: float
) -> Iterator[ProviderEvent]:
    """Yield the events of every recipient: the first after `send_after` seconds, the others apart.

    Each event after the first comes `outcome_after` seconds after the one before.
    """
    mail = _mail(email)
    for recipient in email.recipients:
        for index, fact in enumerate(_facts(email, recipient)):
            after = send_after if index == 0 else index * outcome_after
            occurred_at = email.accepted_at + timedelta(seconds=after)
            body = _body(email, mail, recipient, fact, occurred_at)
            yield ProviderEvent(
                channel=Channel.EMAIL,
                event_type=fact.event_type,
                message_id=email.message_id,
                configuration_set=email.configuration_set,
                occurred_at=occurred_at,
                after_seconds=after,
                bodies={Route.STREAM: body, Route.BUS: body},
            )


def _facts(email: Accepted, recipient: str) -> tuple[EmailFact, ...]:
    if not email.rendering_failure:
        return email_outcome(recipient).facts
    failure = {"templateName": email.template_name, "errorMessage": email.rendering_failure}
    return (EmailFact("Rendering Failure", failure),)


def _mail(email: Accepted) -> dict[str, Any]:
    """Return the `mail` object that every event of the message carries."""
    headers = [{"name": name, "value": value} for name, value in email.headers]
    return {
        "timestamp": _iso(email.accepted_at),
        "source": email.sender,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{_domain(email.sender)}",
        "sendingAccountId": ACCOUNT,
        "messageId": email.provider_message_id,
        "destination": list(email.recipients),
        "headersTruncated": False,
        "headers": headers,
        "commonHeaders": {
            "from": [email.sender],
            "to": list(email.recipients),
            "messageId": email.provider_message_id,
            "subject": email.subject,
        },
        "tags": {name: [value] for name, value in email.tags.items()} | _automatic_tags(email),
    }


def _automatic_tags(email: Accepted) -> dict[str, list[str]]:
    return {
        "ses:operation": ["SendEmail"],
        "ses:configuration-set": [email.configuration_set],
        "ses:source-ip": ["192.0.2.0"],
        "ses:from-domain": [_domain(email.sender)],
        "ses:caller-identity": ["message-tracker"],
        "ses:outgoing-ip": ["192.0.2.10"],
    }


def _body(
    email: Accepted,
    mail: Mapping[str, Any],
    recipient: str,
    fact: EmailFact,
    occurred_at: datetime,
) -> dict[str, Any]:
    own = dict(fact.fields)
    if fact.event_type not in _WITHOUT_TIME:
        own["timestamp"] = _iso(occurred_at)
    own |= _about_the_recipient(email, recipient, fact, occurred_at)
    key = _OBJECT_KEYS.get(fact.event_type, fact.event_type.lower())
    return {"eventType": fact.event_type, "mail": mail, key: own}


def _about_the_recipient(
    email: Accepted, recipient: str, fact: EmailFact, occurred_at: datetime
) -> dict[str, Any]:
    """Return the fields that name the recipient; opens and clicks name none."""
    seed = f"{email.provider_message_id} {fact.event_type} {recipient}"
    feedback_id = f"{email.provider_message_id[:16]}-{uuid5(NAMESPACE_OID, seed)}-000000"
    match fact.event_type:
        case "Delivery":
            return {"recipients": [recipient]}
        case "Bounce":
            return {
                "bouncedRecipients": [_diagnosed(recipient, fact, action="failed")],
                "feedbackId": feedback_id,
            }
        case "Complaint":
            return {
                "complainedRecipients": [{"emailAddress": recipient}],
                "feedbackId": feedback_id,
                "arrivalDate": _iso(occurred_at),
            }
        case "DeliveryDelay":
            return {
                "delayedRecipients": [_diagnosed(recipient, fact)],
                "expirationTime": _iso(email.accepted_at + timedelta(hours=14)),
            }
        case _:
            return {}


def _diagnosed(recipient: str, fact: EmailFact, **more: str) -> dict[str, str]:
    """Return a bounced or delayed recipient; the diagnosis is there only if the server gave one."""
    diagnosis = {**more, "status": fact.status, "diagnosticCode": fact.diagnostic_code}
    return {"emailAddress": recipient} | (diagnosis if fact.status else {})


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]


def _iso(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z"
