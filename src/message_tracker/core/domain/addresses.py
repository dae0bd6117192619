"""Where a message goes: an e-mail address or a phone number, checked and normalized.

E-mail addresses follow RFC 5321 as far as SES does: the local part is ASCII (no SMTPUTF8), the
domain goes out in Punycode. Phone numbers become E.164. The libraries that know the rules of either
are loaded by the first address of its kind, since most calls of the API name none.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from message_tracker.core.domain.message import Channel, Personal

# RFC 5322, 3.2.3: the dot-atoms nearly every address has; others take the validator's full way.
_DOT_ATOM: Final = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_MAX_LOCAL_PART: Final = 64  # RFC 5321, 4.5.3.1.1
_MAX_ADDRESS: Final = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets
_NUMBER: Final = re.compile(r"\+?[\d\s().\-/]{3,40}", re.ASCII)
_LONGEST_SHORT_NUMBER: Final = 6  # digits: emergency calls, short codes


class InvalidAddress(ValueError):
    """Nothing can be sent there; the text says why and what to write instead."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """Which addresses a deployment takes; the fields are those of `parse_address`."""

    default_region: str = ""
    countries: Collection[str] = ()

    def parse(self, to: str, channel: Channel | None = None) -> tuple[Channel, Personal]:
        """Return the channel and the normalized address; raises `InvalidAddress`."""
        return parse_address(
            to, channel=channel, default_region=self.default_region, countries=self.countries
        )


def parse_address(
    to: str,
    *,
    channel: Channel | None,
    default_region: str,
    countries: Collection[str] = (),
) -> tuple[Channel, Personal]:
    """Return the channel and the normalized address of one recipient.

    Args:
        to: as the caller wrote it.
        channel: as the caller asked; without it, an "@" makes an e-mail address.
        default_region: of phone numbers without a country code, e.g. ``US``; or "".
        countries: the only ones whose phone numbers are taken, as ``US``; empty for any.

    Raises:
        InvalidAddress: nothing can be sent there.
    """
    to = to.strip()
    if not to:
        raise InvalidAddress("is empty: give an e-mail address or a phone number")
    if channel is None:
        channel = Channel.EMAIL if "@" in to else Channel.TEXT
    if channel is Channel.EMAIL:
        return channel, Personal(_email(to))
    return channel, Personal(_phone_number(to, default_region, countries))


def _email(to: str) -> str:
    local_part, at, domain = to.rpartition("@")
    if not at:
        raise InvalidAddress("is no e-mail address: write name@domain")
    if len(local_part) <= _MAX_LOCAL_PART and _DOT_ATOM.fullmatch(local_part):
        address = f"{local_part}@{_domain(domain)}"
        if len(address) <= _MAX_ADDRESS:
            return address
    return _validated(to)


@lru_cache(maxsize=4096)
def _domain(domain: str) -> str:
    """Return a domain in lower-case Punycode; a campaign's recipients share a few."""
    return _validated(f"x@{domain}").partition("@")[2]


def _validated(address: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, strict=True
        )
    except EmailNotValidError as error:
        raise InvalidAddress(f"is no valid e-mail address: {_own_words(error)}") from error
    return str(valid.ascii_email)  # None only with SMTPUTF8


def _own_words(error: ValueError) -> str:
    text = str(error)
    return text[:1].lower() + text[1:]


def _phone_number(to: str, default_region: str, countries: Collection[str]) -> str:
    if not _NUMBER.fullmatch(to):
        raise InvalidAddress(
            "is neither an e-mail address nor a phone number: write name@domain or"
            " +<country code><number>"
        )
    if sum(character.isdecimal() for character in to) <= _LONGEST_SHORT_NUMBER:
        raise InvalidAddress(
            "is a short number, which takes no SMS from us: write a full one as"
            " +<country code><number>"
        )
    from message_tracker.core.domain.phone_numbers import e164

    return e164(to, default_region, countries)


def country_of(number: str) -> str:
    """Return the country of an E.164 number, as ``US``; "" if it has none."""
    from message_tracker.core.domain.phone_numbers import country

    return country(number)
