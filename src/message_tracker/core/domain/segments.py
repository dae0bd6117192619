"""How a text is encoded and how many segments it takes: what the limiter counts and AWS bills.

A text whose every character is in the GSM 7-bit default alphabet (3GPP TS 23.038, 6.2.1) or its
extension table (6.2.1.1) travels as GSM 7-bit, any other as UCS-2. A single segment carries 140
octets. A longer text is concatenated, and each of its segments gives up six octets to the User Data
Header with an 8-bit reference number (3GPP TS 23.040, 9.2.3.24.1).

An extension character is two septets (ESC and a code) and a character above U+FFFF is two UTF-16
code units (a surrogate pair). Neither is ever split between two segments: a pair that would
straddle the end of a segment leaves its last unit empty and begins the next. So segments are
packed, not divided: 152 letters, a euro sign and 152 letters are 306 septets but three segments.

Every ``str`` has an answer, and no text raises:

* The empty text is GSM 7-bit and one segment of no units, which is what a message without a text
  takes on the air. (The provider refuses one, and so does the intake.)
* LF, CR and FF are GSM characters. Any other control character forces UCS-2, ESC too: it only
  announces an extension character and cannot be sent by itself.
* A surrogate that stands alone in the ``str`` forces UCS-2 and counts as one code unit.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple


class Encoding(StrEnum):
    """The data coding schemes a text is sent in."""

    GSM_7BIT = "GSM-7"
    UCS2 = "UCS-2"


@dataclass(frozen=True, slots=True)
class Segmentation:
    """How a text is sent."""

    encoding: Encoding
    segments: int
    units: int  # of the whole text: septets of GSM 7-bit, or UTF-16 code units
    forced_ucs2: tuple[str, ...] = ()  # the distinct characters that are not GSM, as they appear
    extension: tuple[str, ...] = ()  # of GSM 7-bit: the distinct characters that take two septets

    @property
    def is_too_long(self) -> bool:
        """Whether the provider refuses a text of this length."""
        return self.units > max_characters(self.encoding)


class _Packing(NamedTuple):
    """What a segment holds in one encoding, in that encoding's units."""

    encoding: Encoding
    single: int  # in the only segment of a message
    concatenated: int  # in each segment of a longer one
    two_units: re.Pattern[str]  # the characters that take two units


# TS 23.038, 6.2.1: one row for each sixteen codes. Code 0x1B, ESC, is left out of the second.
_BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
_EXTENSION: Final = "\f^{}\\[~]|€"  # TS 23.038, 6.2.1.1

_SINGLE: Final = 160  # septets
_CONCATENATED: Final = 153
_GSM_7BIT: Final = _Packing(
    Encoding.GSM_7BIT, _SINGLE, _CONCATENATED, re.compile(f"[{re.escape(_EXTENSION)}]")
)
_UCS2: Final = _Packing(Encoding.UCS2, 70, 67, re.compile("[\U00010000-\U0010ffff]"))

# The ASCII characters of one septet are deleted from a text first. What is left is mostly nothing,
# and decides alone on the encoding and on what takes two units. Deleting bytes is several times
# faster than looking at characters, and in UTF-8 no byte below 0x80 is part of another character.
_BASIC_ASCII: Final = _BASIC.encode("ascii", "ignore")
_GSM: Final = re.compile(f"[{re.escape(_BASIC + _EXTENSION)}]+")
_find_not_gsm: Final = re.compile(f"[^{re.escape(_BASIC + _EXTENSION)}]").search


def max_characters(encoding: Encoding) -> int:
    """Return the longest text that may be sent: 1600 GSM characters, or 630 others.

    1600 is what SendTextMessage takes, 630 what it sends of a text that is not GSM. An extension
    character counts as two, so for GSM 7-bit these are septets; for UCS-2 they are read as UTF-16
    code units, the stricter reading. Some pages of AWS' guide put the first limit at 1530 (ten
    concatenated segments); a text between the two may therefore end as ``TEXT_INVALID_MESSAGE``:
    https://docs.aws.amazon.com/sms-voice/latest/userguide/sms-limitations-character.html
    """
    return 1600 if encoding is Encoding.GSM_7BIT else 630


def is_gsm(text: str) -> bool:
    """Whether ``text`` travels as GSM 7-bit."""
    return _find_not_gsm(text) is None


def segment(text: str) -> Segmentation:
    """Return the encoding of ``text``, its segments, and the characters that cost."""
    rest = text.encode("utf-8", "surrogatepass").translate(None, _BASIC_ASCII)
    if not rest:
        return Segmentation(Encoding.GSM_7BIT, _pack(text, len(text), _GSM_7BIT), len(text))
    rare = rest.decode("utf-8", "surrogatepass")
    forced = tuple(dict.fromkeys(_GSM.sub("", rare)))
    packing = _UCS2 if forced else _GSM_7BIT
    two_units = packing.two_units.findall(rare)
    units = len(text) + len(two_units)
    extension = () if forced else tuple(dict.fromkeys(two_units))
    return Segmentation(packing.encoding, _pack(text, units, packing), units, forced, extension)


def count_segments(text: str) -> int:
    """Return ``segment(text).segments``, faster.

    A rare character takes one unit or two, any other takes one, and each segment but the last can
    end with one empty unit. Mostly these bounds allow one answer only, and nothing is packed.
    """
    rest = text.encode("utf-8", "surrogatepass").translate(None, _BASIC_ASCII)
    least = len(text)
    if not rest:
        return 1 if least <= _SINGLE else -(-least // _CONCATENATED)
    rare = rest.decode("utf-8", "surrogatepass")
    packing = _UCS2 if _find_not_gsm(rare) else _GSM_7BIT
    _, single, concatenated, two_units = packing
    most = least + len(rare)
    if most <= single:
        return 1
    divided = -(-least // concatenated)
    if least > single and most + divided - 1 <= divided * concatenated:
        return divided
    return _pack(text, least + len(two_units.findall(rare)), packing)


def _pack(text: str, units: int, packing: _Packing) -> int:
    """Return how many segments ``text``, which takes so many units, is packed into."""
    if units <= packing.single:
        return 1
    empty = _count_empty_units(text, packing) if units > len(text) else 0
    return -(-(units + empty) // packing.concatenated)


def _count_empty_units(text: str, packing: _Packing) -> int:
    """Return how many segments end with an empty unit, because a pair would straddle their end."""
    last = packing.concatenated - 1
    empty = 0
    for pairs, match in enumerate(packing.two_units.finditer(text)):
        if (match.start() + pairs + empty) % packing.concatenated == last:
            empty += 1
    return empty
