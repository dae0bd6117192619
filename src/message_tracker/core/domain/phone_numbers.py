"""Phone numbers by the numbering plans of their countries, as libphonenumber knows them."""

from collections.abc import Collection, Mapping
from typing import Final

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberType, ValidationResult

from message_tracker.core.domain.addresses import InvalidAddress

_IMPOSSIBLE: Final[Mapping[int, str]] = {
    ValidationResult.TOO_SHORT: "has too few digits for its country",
    ValidationResult.TOO_LONG: "has too many digits for its country",
    ValidationResult.INVALID_LENGTH: "has a wrong number of digits for its country",
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: "has no area code",
    ValidationResult.INVALID_COUNTRY_CODE: "has a country code that is not in use",
}
_COSTLY: Final[Mapping[int, str]] = {
    PhoneNumberType.PREMIUM_RATE: "is a premium-rate number",
    PhoneNumberType.SHARED_COST: "is a shared-cost number",
}


def e164(number: str, default_region: str, countries: Collection[str]) -> str:
    """Return a number in E.164.

    Args:
        number: as somebody wrote it.
        default_region: of numbers without a country code, e.g. ``US``; or "".
        countries: the only ones whose numbers are taken, as ``US``; empty for any.

    Raises:
        InvalidAddress: nobody has such a number, or it is not sent to.
    """
    try:
        parsed = phonenumbers.parse(number, default_region or None)
    except phonenumbers.NumberParseException as error:
        raise InvalidAddress(
            "is no phone number one could call: write it as +<country code><number>"
        ) from error
    _check_use(parsed)
    if countries and (region := phonenumbers.region_code_for_number(parsed)) not in countries:
        raise InvalidAddress(
            f"is a number of {region}, and this deployment sends SMS only to"
            f" {', '.join(sorted(countries))}: remove it, or have {region} added to"
            " MT_TEXT_COUNTRIES"
        )
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def country(number: str) -> str:
    """Return the country of an E.164 number, as ``US``; "" if it has none."""
    try:
        return phonenumbers.region_code_for_number(phonenumbers.parse(number)) or ""
    except phonenumbers.NumberParseException:
        return ""


def _check_use(number: PhoneNumber) -> None:
    """Raise `InvalidAddress` for a number that nobody has, or that costs whoever writes to it."""
    use = phonenumbers.number_type(number)
    if use in _COSTLY:
        raise InvalidAddress(f"{_COSTLY[use]}, which is not sent to: give the recipient's own")
    if use == PhoneNumberType.UNKNOWN:
        reason = phonenumbers.is_possible_number_with_reason(number)
        fault = _IMPOSSIBLE.get(reason, "is not a number in use in its country")
        raise InvalidAddress(f"{fault}: check it, with its country code")
