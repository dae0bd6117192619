"""What an event says against an address: to send no more to it, or to count a soft bounce.

An event carries this as its detail `suppress`. Only what is about one of our messages is heeded,
and it falls on the address that message went to.

Source: Amazon SES developer guide, "Bounce types" (which sub-types are about the mailbox).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from message_tracker.core.domain.message import Kind, Personal

SOFT_BOUNCE = "SOFT_BOUNCE"
"""No reason by itself: so many of them are, by the policy `soft_bounce_days`."""

# What these tell is of the mail or of our own settings, and not of the mailbox.
_NOT_THE_MAILBOX = (
    "MessageTooLarge",
    "ContentRejected",
    "AttachmentRejected",
    "CustomTimeoutExceeded",
)


class SuppressionReason(StrEnum):
    """In ascending order, as in Postgres: of several reasons the last is named."""

    UNSUBSCRIBE = "UNSUBSCRIBE"  # from marketing: what is transactional still goes
    OPT_OUT = "OPT_OUT"  # STOP, answered to a text
    BOUNCE = "BOUNCE"
    COMPLAINT = "COMPLAINT"
    MANUAL = "MANUAL"  # a person's decision, which no event changes


OWN_DECISIONS = frozenset({SuppressionReason.UNSUBSCRIBE, SuppressionReason.OPT_OUT})
"""What the person at the address decided: it is taken back only where it is named."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An address on a provider's own list, why in our words, and since when."""

    address: Personal
    reason: SuppressionReason
    since: datetime


_GRAVITY = {reason: place for place, reason in enumerate(SuppressionReason)}


def blocking(reasons: Iterable[str], kind: Kind) -> SuppressionReason | None:
    """Return the gravest of an address' reasons that keeps a message of that kind from it."""
    stand = [
        reason
        for reason in map(SuppressionReason, reasons)
        if reason is not SuppressionReason.UNSUBSCRIBE or kind is Kind.MARKETING
    ]
    return max(stand, key=_GRAVITY.__getitem__, default=None)


def of_bounce(bounce_type: object, sub_type: object, enhanced_status_code: object) -> str | None:
    """Return what a bounce says against its address.

    Transient/General is also how SES reports an "out of office", which has no status code: that
    mailbox works.
    """
    if bounce_type == "Permanent":
        return SuppressionReason.BOUNCE
    if sub_type in _NOT_THE_MAILBOX or (sub_type == "General" and not enhanced_status_code):
        return None
    return SOFT_BOUNCE


def of_text_failure(description: object) -> str | None:
    """Return what a text's failure says against its number, by the provider's description."""
    opted_out = isinstance(description, str) and "opted out" in description.lower()
    return SuppressionReason.OPT_OUT if opted_out else None
