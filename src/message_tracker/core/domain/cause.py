"""Why we gave a message up ourselves; a provider's causes begin with its own name, as ``ses/…``."""

from enum import StrEnum


class OwnCause(StrEnum):
    """What the failure report groups by when no provider was asked, or none answered."""

    EXPIRED = "sender/Expired"
    INVALID_TEMPLATE = "sender/InvalidTemplate"
    UNCONFIRMED = "sender/Unconfirmed"


def suppressed(reason: str) -> str:
    """Return the cause of a message to a suppressed address, e.g. ``suppression/BOUNCE``."""
    return f"suppression/{reason}"
