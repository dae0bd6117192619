"""Made-up events of one message, as SES and SMS write them: 1.5 to 2.5 KB for an e-mail."""

import json
import random
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

_AGENTS = (
    *(
        f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/{n}.0.0.0 Safari"
        for n in range(60, 140)
    ),
    *(
        f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_{n} like Mac OS X) AppleWebKit/605 Mobile/15E{n}"
        for n in range(80)
    ),
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
)
# What becomes of an e-mail, and how often.
_LIVES: Sequence[tuple[int, tuple[str, ...]]] = (
    (52, ("Send", "Delivery")),
    (20, ("Send", "Delivery", "Open")),
    (10, ("Send", "Delivery", "Open", "Open", "Click")),
    (4, ("Send", "Delivery", "Open", "Open", "Open", "Click", "Click")),
    (5, ("Send", "DeliveryDelay", "Delivery")),
    (4, ("Send", "Bounce")),
    (2, ("Send", "DeliveryDelay", "Bounce")),
    (1, ("Send", "Delivery", "Complaint")),
    (1, ("Send", "Delivery", "Subscription")),
    (1, ("Reject",)),
)
_TEXT_LIVES: Sequence[tuple[int, tuple[str, ...]]] = (
    (80, ("TEXT_QUEUED", "TEXT_SUCCESSFUL", "TEXT_DELIVERED")),
    (15, ("TEXT_QUEUED", "TEXT_CARRIER_UNREACHABLE")),
    (5, ("TEXT_QUEUED", "TEXT_UNKNOWN")),
)


def email_events(
    chance: random.Random, message_id: UUID, ses_id: str, sent_at: datetime
) -> Iterator[tuple[datetime, bytes]]:
    """Yield when an event of an e-mail is, and its record."""
    address = f"person.{chance.getrandbits(28)}@example-{chance.randrange(40)}.com"
    mail = _mail(chance, message_id, ses_id, address, sent_at)
    for event_type, at in _life(chance, _LIVES, sent_at):
        name, part = _part(chance, event_type, at, address)
        record = {"eventType": event_type, "mail": mail, name: part}
        yield at, json.dumps(record, separators=(",", ":")).encode()


def text_events(
    chance: random.Random, message_id: UUID, sms_id: str, sent_at: datetime
) -> Iterator[tuple[datetime, bytes]]:
    """Yield when an event of a text is, and its record."""
    number = f"+1206555{chance.randrange(10_000):04}"
    for event_type, at in _life(chance, _TEXT_LIVES, sent_at):
        record = {
            "eventType": event_type,
            "eventVersion": "1.0",
            "eventTimestamp": int(at.timestamp() * 1000),
            "isFinal": event_type not in ("TEXT_QUEUED", "TEXT_SUCCESSFUL"),
            "originationPhoneNumber": "+12065550100",
            "destinationPhoneNumber": number,
            "isoCountryCode": "US",
            "mcc": "310",
            "mnc": "260",
            "carrierName": "Example Wireless",
            "messageId": sms_id,
            "messageRequestTimestamp": int(sent_at.timestamp() * 1000),
            "messageEncoding": "GSM",
            "messageType": "TRANSACTIONAL",
            "messageStatus": event_type.removeprefix("TEXT_"),
            "messageStatusDescription": f"The message is {event_type.removeprefix('TEXT_')}",
            "context": {"mt_id": str(message_id)},
            "totalMessageParts": 1,
            "totalMessagePrice": 0.00581,
            "totalCarrierFee": 0.0025,
        }
        yield at, json.dumps(record, separators=(",", ":")).encode()


def _life(
    chance: random.Random, lives: Sequence[tuple[int, tuple[str, ...]]], sent_at: datetime
) -> Iterator[tuple[str, datetime]]:
    (life,) = chance.choices([steps for _, steps in lives], weights=[share for share, _ in lives])
    at = sent_at
    for step in life:
        yield step, at
        at += timedelta(milliseconds=int(chance.expovariate(1 / 60_000)) + 300)


def _mail(
    chance: random.Random, message_id: UUID, ses_id: str, address: str, sent_at: datetime
) -> dict[str, Any]:
    subject = " ".join(chance.choices(("Your", "order", "invoice", "parcel", "März", "🎉"), k=5))
    header = {
        "From": "Shop <notices@shop.example.com>",
        "To": address,
        "Subject": subject,
        "MIME-Version": "1.0",
        "Content-Type": f'multipart/alternative; boundary="==={chance.getrandbits(64)}=="',
        "List-Unsubscribe": f"<https://shop.example.com/unsubscribe/{chance.getrandbits(160):040x}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "X-SES-CONFIGURATION-SET": "message-tracker-prod",
        "X-Campaign": f"spring-{chance.randrange(9)}",
    }
    return {
        "timestamp": _timestamp(sent_at),
        "source": "Shop <notices@shop.example.com>",
        "sourceArn": "arn:aws:ses:eu-central-1:111122223333:identity/shop.example.com",
        "sendingAccountId": "111122223333",
        "messageId": ses_id,
        "destination": [address],
        "headersTruncated": False,
        "headers": [{"name": name, "value": value} for name, value in header.items()],
        "commonHeaders": {
            "from": [header["From"]],
            "to": [address],
            "messageId": ses_id,
            "subject": subject,
        },
        "tags": {
            "ses:source-tls-version": ["TLSv1.3"],
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": ["message-tracker-prod"],
            "ses:source-ip": ["192.0.2.0"],
            "ses:from-domain": ["shop.example.com"],
            "ses:caller-identity": ["message-tracker-prod-sender"],
            "mt_id": [str(message_id)],
            "mt_attempt": [str(UUID(int=chance.getrandbits(128)))],
        },
    }


def _part(
    chance: random.Random, event_type: str, at: datetime, address: str
) -> tuple[str, dict[str, Any]]:
    time, mta = _timestamp(at), f"a{chance.randrange(99)}-{chance.randrange(99)}.smtp-out.example"
    hit = {"timestamp": time, "ipAddress": f"198.51.100.{chance.randrange(256)}"}
    hit["userAgent"] = chance.choice(_AGENTS)
    recipient = {"emailAddress": address}
    feedback = f"0100018e-{chance.getrandbits(96):024x}-000000"
    parts: dict[str, tuple[str, dict[str, Any]]] = {
        "Send": ("send", {}),
        "Delivery": (
            "delivery",
            {
                "timestamp": time,
                "processingTimeMillis": chance.randrange(200, 9_000),
                "recipients": [address],
                "smtpResponse": f"250 2.0.0 OK {chance.getrandbits(40):010x} queued",
                "remoteMtaIp": f"203.0.113.{chance.randrange(256)}",
                "reportingMTA": mta,
            },
        ),
        "DeliveryDelay": (
            "deliveryDelay",
            {
                "timestamp": time,
                "delayType": "MailboxFull",
                "expirationTime": _timestamp(at + timedelta(hours=14)),
                "delayedRecipients": [recipient | {"status": "4.2.2", "diagnosticCode": "full"}],
            },
        ),
        "Bounce": (
            "bounce",
            {
                "timestamp": time,
                "feedbackId": feedback,
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "reportingMTA": f"dns; {mta}",
                "bouncedRecipients": [
                    recipient
                    | {
                        "action": "failed",
                        "status": "5.1.1",
                        "diagnosticCode": "smtp; 550 5.1.1 user unknown",
                    }
                ],
            },
        ),
        "Complaint": (
            "complaint",
            {
                "timestamp": time,
                "feedbackId": feedback,
                "complainedRecipients": [recipient],
                "complaintFeedbackType": "abuse",
            },
        ),
        "Subscription": (
            "subscription",
            {"timestamp": time, "newTopicPreferences": {"unsubscribeAll": True}},
        ),
        "Reject": ("reject", {"reason": "Bad content"}),
        "Open": ("open", hit),
        "Click": ("click", hit | {"link": f"https://shop.example.com/p/{chance.randrange(999)}"}),
    }
    return parts[event_type]


def _timestamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
