"""The words an advice is made of."""

from dataclasses import dataclass
from enum import StrEnum


class Fixer(StrEnum):
    """Who can do something about a failure."""

    SENDER = "sender"  # who wrote the message or keeps the list
    RECIPIENT = "recipient"
    PROVIDER = "provider"  # AWS, a carrier, a mail server
    OPERATOR = "operator"  # who runs this system and its AWS account


@dataclass(frozen=True, slots=True)
class Advice:
    """What a cause means to a person who knows nothing of SES, and what to do."""

    meaning: str
    fixer: Fixer
    remedy: str
