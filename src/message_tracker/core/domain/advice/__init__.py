"""What each cause of a failure means, who can fix it, and what to do.

A cause is the code that failures are grouped by: ``Bounce/Permanent/General`` or ``TEXT_SPAM`` from
an event, ``ses/MessageRejected`` from a refused call, ``sender/Expired`` from ourselves.
"""

from message_tracker.core.domain.advice.email import EMAIL_ADVICE
from message_tracker.core.domain.advice.generic import GENERIC_ADVICE
from message_tracker.core.domain.advice.own import DEAD_LETTER, OWN_ADVICE
from message_tracker.core.domain.advice.text import TEXT_ADVICE
from message_tracker.core.domain.advice.vocabulary import Advice, Fixer

__all__ = ["DEAD_LETTER", "KNOWN_CAUSES", "Advice", "Fixer", "advise"]

_ADVICE = {**EMAIL_ADVICE, **TEXT_ADVICE, **OWN_ADVICE}

KNOWN_CAUSES = frozenset(_ADVICE)
"""The causes with advice of their own."""


def advise(cause: str) -> Advice:
    """Return the advice on a cause; one we do not know gets that of its longest known prefix."""
    known = _ADVICE.get(cause)
    if known is not None:
        return known
    prefix = max((key for key in GENERIC_ADVICE if cause.startswith(key)), key=len)
    return GENERIC_ADVICE[prefix]
