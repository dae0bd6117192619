"""Addresses and phone numbers, masked: a person who knows them recognizes them, nobody else can.

At most the first character of a local part is left, and of a number its country's and last digits.
"""

import re

MASK = "…"

_ADDRESS = re.compile(r"[^\s<>()\[\]\"',;:@]+@[^\s<>()\[\]\"',;:@]+")
# With dots as in North America only: by others, a reply code and an IP address would be a number.
_NUMBER = re.compile(r"\+?\d(?:[ ()-]{0,2}\d){6,}|\d{3}\.\d{3}\.\d{4}")
_DIGITS_HIDDEN = 4  # at least


def mask(address: str) -> str:
    """Return ``j…@example.com`` or ``+1425…55``; what is neither is hidden altogether."""
    local, at, domain = address.rpartition("@")
    if at:
        return f"{local[:1] if len(local) > 1 else ''}{MASK}@{domain}"
    digits = "".join(character for character in address if character in "0123456789")
    return _mask_digits(digits, plus=address.startswith("+"))


def mask_within(text: str) -> str:
    """Return the text with every address and every number of seven or more digits masked."""
    without_addresses = _ADDRESS.sub(lambda found: mask(found[0]), text)
    return _NUMBER.sub(lambda found: mask(found[0]), without_addresses)


def _mask_digits(digits: str, *, plus: bool) -> str:
    spare = len(digits) - _DIGITS_HIDDEN
    last = 2 if spare > 2 else 0  # noqa: PLR2004 - the two last digits, if more may be shown
    first = max(0, min(4, spare - last))
    return f"{'+' if plus else ''}{digits[:first]}{MASK}{digits[len(digits) - last :]}"
