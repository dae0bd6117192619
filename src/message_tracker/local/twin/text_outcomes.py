"""What becomes of a text, by its destination number.

AWS' simulator numbers (AWS End User Messaging SMS User Guide, "Destination phone numbers"): for
each country one that succeeds (`TEXT_QUEUED`, `TEXT_SUCCESSFUL`, then the final `TEXT_DELIVERED`)
and one that fails (`TEXT_QUEUED`, then the final `TEXT_CARRIER_UNREACHABLE`).

Of our own: US numbers `+1 AAA 555 01NN` with any area code AAA. They are set aside for fiction, so
they are nobody's, and they are valid by libphonenumber.

| NN | events | | NN | events |
| --- | --- | --- | --- | --- |
| 10 | QUEUED, SUCCESSFUL (final) | | 26 | QUEUED, SPAM |
| 11 | QUEUED, PENDING, SUCCESSFUL, DELIVERED | | 27 | QUEUED, UNKNOWN |
| 20 | INVALID | | 28 | QUEUED, TTL_EXPIRED |
| 21 | INVALID_MESSAGE | | 29 | PROTECT_BLOCKED |
| 22 | QUEUED, UNREACHABLE | | 30 | none: answered, no event ever comes |
| 23 | QUEUED, CARRIER_UNREACHABLE | | 31 | delivered, but the call's answer is lost |
| 24 | QUEUED, BLOCKED | | 32 | none, and the call's answer is lost |
| 25 | QUEUED, SUCCESSFUL, CARRIER_BLOCKED | | | |

Refused at the call, without an event:

| NN | error, reason |
| --- | --- |
| 40 | ConflictException, DESTINATION_PHONE_NUMBER_OPTED_OUT |
| 41 | ConflictException, DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION |
| 42 | ValidationException, PRICE_OVER_THRESHOLD |
| 43 | ServiceQuotaExceededException, MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT |
| 44 | ThrottlingException |
| 45 | InternalServerException |

Any other number succeeds.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple


class TextFact(NamedTuple):
    """One event: its type and whether it is the last of its message."""

    event_type: str
    is_final: bool


class Refusal(NamedTuple):
    """How the call is refused: the error's code and its `Reason`, which some have."""

    code: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class TextOutcome:
    """The events in their order, and how the call itself ends."""

    facts: tuple[TextFact, ...]
    refusal: Refusal | None = None
    loses_response: bool = False


def _ends_in(*event_types: str) -> TextOutcome:
    *earlier, last = event_types
    return TextOutcome((*(TextFact(name, False) for name in earlier), TextFact(last, True)))  # noqa: FBT003 - a named field


def _refused(code: str, reason: str | None = None) -> TextOutcome:
    return TextOutcome((), refusal=Refusal(code, reason))


_DELIVERED: Final = _ends_in("TEXT_QUEUED", "TEXT_SUCCESSFUL", "TEXT_DELIVERED")
_UNREACHABLE: Final = _ends_in("TEXT_QUEUED", "TEXT_CARRIER_UNREACHABLE")

BY_SIMULATOR_NUMBER: Final[Mapping[str, TextOutcome]] = {
    "+14254147755": _DELIVERED,
    "+14254147167": _UNREACHABLE,
    "+447860019066": _DELIVERED,
    "+447860019067": _UNREACHABLE,
    "+61455944038": _DELIVERED,
    "+61455944039": _UNREACHABLE,
    "+33755512501": _DELIVERED,
    "+33755512502": _UNREACHABLE,
    "+34683783440": _DELIVERED,
    "+34683783442": _UNREACHABLE,
}

BY_SUFFIX: Final[Mapping[str, TextOutcome]] = {
    "10": _ends_in("TEXT_QUEUED", "TEXT_SUCCESSFUL"),
    "11": _ends_in("TEXT_QUEUED", "TEXT_PENDING", "TEXT_SUCCESSFUL", "TEXT_DELIVERED"),
    "20": _ends_in("TEXT_INVALID"),
    "21": _ends_in("TEXT_INVALID_MESSAGE"),
    "22": _ends_in("TEXT_QUEUED", "TEXT_UNREACHABLE"),
    "23": _UNREACHABLE,
    "24": _ends_in("TEXT_QUEUED", "TEXT_BLOCKED"),
    "25": _ends_in("TEXT_QUEUED", "TEXT_SUCCESSFUL", "TEXT_CARRIER_BLOCKED"),
    "26": _ends_in("TEXT_QUEUED", "TEXT_SPAM"),
    "27": _ends_in("TEXT_QUEUED", "TEXT_UNKNOWN"),
    "28": _ends_in("TEXT_QUEUED", "TEXT_TTL_EXPIRED"),
    "29": _ends_in("TEXT_PROTECT_BLOCKED"),
    "30": TextOutcome(()),
    "31": TextOutcome(_DELIVERED.facts, loses_response=True),
    "32": TextOutcome((), loses_response=True),
    "40": _refused("ConflictException", "DESTINATION_PHONE_NUMBER_OPTED_OUT"),
    "41": _refused("ConflictException", "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION"),
    "42": _refused("ValidationException", "PRICE_OVER_THRESHOLD"),
    "43": _refused("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
    "44": _refused("ThrottlingException"),
    "45": _refused("InternalServerException"),
}

_FICTITIOUS: Final = re.compile(r"\+1[2-9]\d\d55501(\d\d)")


def text_outcome(number: str) -> TextOutcome:
    """Return what becomes of a text to `number` (E.164)."""
    if number in BY_SIMULATOR_NUMBER:
        return BY_SIMULATOR_NUMBER[number]
    fictitious = _FICTITIOUS.fullmatch(number)
    return BY_SUFFIX.get(fictitious[1], _DELIVERED) if fictitious else _DELIVERED
