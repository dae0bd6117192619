"""What becomes of an e-mail, by its recipient's address.

AWS' mailbox simulator (Amazon SES Developer Guide, "Using the mailbox simulator"), at
`simulator.amazonses.com`, each with any `+label`:

| local part | events |
| --- | --- |
| `success` | Send, Delivery |
| `bounce` | Send, Bounce (Permanent, General, 5.1.1) |
| `ooto` | Send, Delivery, Bounce (Transient, General: an out-of-office answer) |
| `complaint` | Send, Delivery, Complaint (abuse) |
| `suppressionlist` | Send, Bounce (Permanent, Suppressed) |

Of our own, so that every event type can be seen:

| local part | events |
| --- | --- |
| `delay` | Send, DeliveryDelay, Delivery |
| `softbounce` | Send, Bounce (Transient, MailboxFull, 5.2.2) |
| `reject` | Reject |
| `renderfail` | Rendering Failure |
| `open` | Send, Delivery, Open |
| `click` | Send, Delivery, Open, Click |
| `unsubscribe` | Send, Delivery, Subscription |
| `silent` | none: the call is answered, no event ever comes |
| `lost` | Send, Delivery, but the call's answer is lost |
| `vanished` | none, and the call's answer is lost |
| `refused` | none: the call is refused with MessageRejected |

All of these also work at `example.com`, `.net` and `.org` (reserved by RFC 2606, so nobody's).
Any other address: Send, Delivery.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

_OUR_DOMAINS: Final = frozenset(
    {"simulator.amazonses.com", "example.com", "example.net", "example.org"}
)


@dataclass(frozen=True, slots=True)
class EmailFact:
    """One event: its type, and the fields of its own object that do not depend on the message."""

    event_type: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    status: str = ""  # enhanced status code (RFC 3463) of a bounce or a delay
    diagnostic_code: str = ""


@dataclass(frozen=True, slots=True)
class EmailOutcome:
    """The events in their order, and how the call itself ends."""

    facts: tuple[EmailFact, ...]
    is_refused: bool = False
    loses_response: bool = False


_REMOTE: Final = {"reportingMTA": "a8-70.smtp-out.amazonses.com", "remoteMtaIp": "192.0.2.25"}
_READER: Final = {
    "ipAddress": "192.0.2.1",
    "userAgent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
}

SEND: Final = EmailFact("Send")
DELIVERY: Final = EmailFact(
    "Delivery",
    {"processingTimeMillis": 250, "smtpResponse": "250 2.6.0 Message received"} | _REMOTE,
)
_HARD_BOUNCE: Final = EmailFact(
    "Bounce",
    {"bounceType": "Permanent", "bounceSubType": "General"} | _REMOTE,
    status="5.1.1",
    diagnostic_code="smtp; 550 5.1.1 user unknown",
)
_SUPPRESSED: Final = EmailFact(
    "Bounce",
    {"bounceType": "Permanent", "bounceSubType": "Suppressed"},
    status="5.1.1",
    diagnostic_code="Amazon SES has suppressed sending to this address because it has a recent "
    "history of bouncing as an invalid address.",
)
_OUT_OF_OFFICE: Final = EmailFact(
    "Bounce", {"bounceType": "Transient", "bounceSubType": "General"} | _REMOTE
)
_MAILBOX_FULL: Final = EmailFact(
    "Bounce",
    {"bounceType": "Transient", "bounceSubType": "MailboxFull"} | _REMOTE,
    status="5.2.2",
    diagnostic_code="smtp; 552 5.2.2 mailbox full",
)
_COMPLAINT: Final = EmailFact(
    "Complaint",
    {
        "complaintSubType": None,
        "complaintFeedbackType": "abuse",
        "userAgent": "Amazon SES Mailbox Simulator",
    },
)
_DELAY: Final = EmailFact(
    "DeliveryDelay",
    {"delayType": "TransientCommunicationFailure"},
    status="4.4.1",
    diagnostic_code="smtp; 421 4.4.1 Unable to connect to remote host",
)
_REJECT: Final = EmailFact("Reject", {"reason": "Bad content"})
_RENDERING_FAILURE: Final = EmailFact(
    "Rendering Failure",
    {
        "templateName": "welcome",
        "errorMessage": "Attribute 'name' is not present in the rendering data.",
    },
)
_OPEN: Final = EmailFact("Open", _READER)
_CLICK: Final = EmailFact(
    "Click", {"link": "https://example.com/offer", "linkTags": None} | _READER
)
_SUBSCRIPTION: Final = EmailFact(
    "Subscription",
    {
        "contactList": "newsletter",
        "source": "UnsubscribeHeader",
        "newTopicPreferences": {"unsubscribeAll": True, "topicSubscriptionStatus": []},
        "oldTopicPreferences": {"unsubscribeAll": False, "topicSubscriptionStatus": []},
    },
)

_DELIVERED: Final = EmailOutcome((SEND, DELIVERY))

BY_LOCAL_PART: Final[Mapping[str, EmailOutcome]] = {
    "success": _DELIVERED,
    "bounce": EmailOutcome((SEND, _HARD_BOUNCE)),
    "ooto": EmailOutcome((SEND, DELIVERY, _OUT_OF_OFFICE)),
    "complaint": EmailOutcome((SEND, DELIVERY, _COMPLAINT)),
    "suppressionlist": EmailOutcome((SEND, _SUPPRESSED)),
    "delay": EmailOutcome((SEND, _DELAY, DELIVERY)),
    "softbounce": EmailOutcome((SEND, _MAILBOX_FULL)),
    "reject": EmailOutcome((_REJECT,)),
    "renderfail": EmailOutcome((_RENDERING_FAILURE,)),
    "open": EmailOutcome((SEND, DELIVERY, _OPEN)),
    "click": EmailOutcome((SEND, DELIVERY, _OPEN, _CLICK)),
    "unsubscribe": EmailOutcome((SEND, DELIVERY, _SUBSCRIPTION)),
    "silent": EmailOutcome(()),
    "lost": EmailOutcome((SEND, DELIVERY), loses_response=True),
    "vanished": EmailOutcome((), loses_response=True),
    "refused": EmailOutcome((), is_refused=True),
}


def email_outcome(address: str) -> EmailOutcome:
    """Return what becomes of an e-mail to `address` (a bare address, or `Name <address>`)."""
    local_part, _, domain = address.rpartition("<")[2].rstrip("> ").lower().rpartition("@")
    if domain not in _OUR_DOMAINS:
        return _DELIVERED
    return BY_LOCAL_PART.get(local_part.partition("+")[0], _DELIVERED)
