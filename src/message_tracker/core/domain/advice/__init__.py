"""What each cause of a failure means, who can fix it, and what to do.

A cause is the code that failures are grouped by: ``Bounce/Permanent/General`` or ``TEXT_SPAM`` from
an event, ``ses/MessageRejected`` from a refused call, ``sender/Expired`` from ourselves.
"""

from message_tracker.core.domain.advice.email import EMAIL_ADVICE
from message_tracker.core.domain.advice.generic import GENERIC_ADVICE
from message_tracker.core.domain.advice.own import DEAD_LETTER, OWN_ADVICE
from message_tracker.core.domain.advice.text import TEXT_ADVICE
from message_tracker.core.domain.advice.vocabulary import Advice, Fixer

__all__ = [
    "ADVICE",
    "DEAD_LETTER",
    "KNOWN_CAUSES",
    "Advice",
    "Fixer",
    "advice_key",
    "advise",
]

KNOWN_CAUSES = frozenset({**EMAIL_ADVICE, **TEXT_ADVICE, **OWN_ADVICE})
"""The causes with advice of their own."""

ADVICE = {**GENERIC_ADVICE, **EMAIL_ADVICE, **TEXT_ADVICE, **OWN_ADVICE}
"""By cause, and by what causes begin with."""


def advice_key(cause: str) -> str:
    """Return what the advice on a cause stands under: the cause, or its longest known prefix."""
    if cause in KNOWN_CAUSES:
        return cause
    return max((key for key in GENERIC_ADVICE if cause.startswith(key)), key=len)


def advise(cause: str) -> Advice:
    """Return the advice on a cause; one we do not know gets that of its longest known prefix."""
    return ADVICE[advice_key(cause)]
