"""Who tells of opens and clicks."""

from enum import StrEnum


class Tracking(StrEnum):
    """Whose pixel and links a mail carries."""

    SES = "ses"  # SES' own, which it puts there itself
    OWN = "own"  # ours, on our own domain
    NONE = "none"
