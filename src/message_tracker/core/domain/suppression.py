"""What an event says against an address: to send no more to it, or to count a soft bounce.

An event carries this as its detail `suppress`. Only what is about one of our messages is heeded,
and it falls on the address that message went to.

Source: Amazon SES developer guide, "Bounce types" (which sub-types are about the mailbox).
"""

from enum import StrEnum

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
    """In ascending order, as in Postgres: of two reasons the later counts."""

    UNSUBSCRIBE = "UNSUBSCRIBE"
    OPT_OUT = "OPT_OUT"  # STOP, answered to a text
    BOUNCE = "BOUNCE"
    COMPLAINT = "COMPLAINT"
    MANUAL = "MANUAL"  # a person's decision, which no event changes


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
