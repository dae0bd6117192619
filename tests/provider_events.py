"""Records as SES and SMS write them, by each of their routes, made up."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)

JsonObject = dict[str, Any]


def at(seconds: int) -> datetime:
    """Return a time so many seconds after the tests' first."""
    return START + timedelta(seconds=seconds)


def email_event(  # one keyword per field that tests vary
    event_type: str,
    *,
    message_id: UUID | None,
    provider_message_id: str = "ses-1",
    occurred_at: datetime = START,
    sent_at: datetime = START - timedelta(minutes=1),
    **part: object,
) -> JsonObject:
    """Return a record of SES event publishing; `part` overrides fields of the type's own object."""
    time = _timestamp(occurred_at)
    recipient = {"emailAddress": "someone@example.com"}
    parts: dict[str, tuple[str, JsonObject]] = {
        "Send": ("send", {}),
        "Delivery": ("delivery", {"timestamp": time, "smtpResponse": "250 ok"}),
        "DeliveryDelay": (
            "deliveryDelay",
            {"timestamp": time, "delayType": "MailboxFull", "delayedRecipients": [recipient]},
        ),
        "Bounce": (
            "bounce",
            {
                "timestamp": time,
                "feedbackId": f"feedback-{time}-{part.get('bounceSubType', '')}",
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [recipient | {"diagnosticCode": "smtp; 550 unknown user"}],
            },
        ),
        "Complaint": (
            "complaint",
            {
                "timestamp": time,
                "feedbackId": f"feedback-{time}-{part.get('complaintFeedbackType', '')}",
                "complainedRecipients": [recipient],
                "complaintFeedbackType": "abuse",
            },
        ),
        "Reject": ("reject", {"reason": "Bad content"}),
        "Open": ("open", {"timestamp": time, "ipAddress": "192.0.2.1", "userAgent": "Mail/1"}),
        "Click": (
            "click",
            {"timestamp": time, "ipAddress": "192.0.2.1", "link": "https://example.com/"},
        ),
        "Subscription": (
            "subscription",
            {"timestamp": time, "newTopicPreferences": {"unsubscribeAll": True}},
        ),
    }
    name, fields = parts.get(event_type, ("novelty", {"timestamp": time}))
    mail: JsonObject = {
        "timestamp": time if event_type in ("Send", "Reject") else _timestamp(sent_at),
        "messageId": provider_message_id,
        "destination": ["someone@example.com"],
        "tags": {"ses:configuration-set": ["tests"]},
    }
    if message_id is not None:
        mail["tags"]["mt_id"] = [str(message_id)]
    return {"eventType": event_type, "mail": mail, name: fields | part}


def text_event(
    event_type: str,
    *,
    message_id: UUID | None,
    provider_message_id: str = "sms-1",
    occurred_at: datetime = START,
    is_final: bool = False,
) -> JsonObject:
    """Return a record of SMS; without our id, as EventBridge has it: nor the recipient."""
    record: JsonObject = {
        "eventType": event_type,
        "eventVersion": "1.0",
        "eventTimestamp": int(occurred_at.timestamp() * 1000),
        "isFinal": is_final,
        "messageId": provider_message_id,
        "messageStatus": event_type.removeprefix("TEXT_"),
        "messageStatusDescription": f"Description of {event_type}",
        "isoCountryCode": "US",
    }
    if message_id is not None:
        record["context"] = {"mt_id": str(message_id)}
        record["destinationPhoneNumber"] = "+12065550142"
    return record


def as_notification(record: JsonObject) -> JsonObject:
    """Return an SES record as an identity's notification: without tags, and with more of it."""
    mail = {name: value for name, value in record["mail"].items() if name != "tags"}
    mail["headers"] = [{"name": "X-Report-Type", "value": "weekly"}]
    part = {name: value for name, value in record.items() if name not in ("eventType", "mail")}
    return {"notificationType": record["eventType"], "mail": mail, **part}


def on_the_bus(record: JsonObject) -> JsonObject:
    """Return a record in an EventBridge envelope."""
    source = "aws.ses" if "mail" in record else "aws.sms-voice"
    return {
        "id": "0f1e2d3c",
        "source": source,
        "detail-type": "A record",
        "time": _timestamp(START),
        "detail": record,
    }


def by_sns(record: JsonObject) -> JsonObject:
    """Return a record in an SNS envelope."""
    return {"Type": "Notification", "MessageId": "m-1", "Message": json.dumps(record)}


def object_created(
    bucket: str, key: str, etag: str = "e1", detail_type: str = "Object Created"
) -> str:
    """Return the body of an S3 event that came by EventBridge."""
    detail = {"bucket": {"name": bucket}, "object": {"key": key, "size": 1, "etag": etag}}
    return json.dumps({"source": "aws.s3", "detail-type": detail_type, "detail": detail})


def encoded(record: JsonObject) -> bytes:
    """Return a record's JSON."""
    return json.dumps(record).encode()


def _timestamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
