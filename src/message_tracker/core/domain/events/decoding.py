"""JSON bytes into the providers' shapes, or one clear refusal.

Nearly every record decodes as expected, typed to the leaf, and pays for nothing else. Otherwise,
leaves of unexpected types are let pass. A mail's subject or a browser's name can also put a lone
surrogate or bytes that are not UTF-8 into an event. Neither may cost the event, so what does not
decode is repaired and tried once more: with U+FFFD in the place of what is no character.
"""

import re
from typing import TypeVar

import msgspec

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events import wire_expected
from message_tracker.core.domain.events.wire import Header, Record

_T = TypeVar("_T")

_EXPECTED = msgspec.json.Decoder(wire_expected.Record)
_RECORD = msgspec.json.Decoder(Record)
_OBJECT = msgspec.json.Decoder(dict[str, object])
_HEADERS = msgspec.json.Decoder(list[Header])

# Every escape is matched, so that an escaped backslash before "ud800" is never taken for one;
# of the matches only a surrogate without its other half is six bytes long.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)",
    re.DOTALL,
)
_LONE_SURROGATE_LENGTH = 6


def decode_record(raw: bytes) -> Record:
    """Return the record one JSON document holds, whatever its shape.

    Raises:
        Unparseable: It is no JSON object, or what should be an object in it is something else.
    """
    try:
        return _EXPECTED.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode(_RECORD, raw)


def decode_object(raw: bytes) -> dict[str, object]:
    """Return every field of one JSON object, untyped.

    Raises:
        Unparseable: It is no JSON object.
    """
    return _decode(_OBJECT, raw)


def decode_headers(raw: bytes) -> list[Header]:
    """Return the header lines of ``mail.headers``.

    Raises:
        Unparseable: It is no list of objects.
    """
    return _decode(_HEADERS, raw)


def _decode(decoder: "msgspec.json.Decoder[_T]", raw: bytes) -> _T:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise Unparseable(f"{error}: no shape a provider writes; keep the bytes aside") from error
    except RecursionError as error:
        raise Unparseable("nested too deeply for an event; keep the bytes aside") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _decode_repaired(decoder, raw)


def _decode_repaired(decoder: "msgspec.json.Decoder[_T]", raw: bytes) -> _T:
    try:
        return decoder.decode(_repaired(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unparseable(f"{error}: not JSON; keep the bytes aside") from error


def _repaired(raw: bytes) -> bytes:
    """Return JSON text with U+FFFD for each lone surrogate and each byte that is not UTF-8."""
    utf8 = raw.decode(errors="replace").encode()
    return _ESCAPE.sub(
        lambda escape: rb"\ufffd" if len(escape[0]) == _LONE_SURROGATE_LENGTH else escape[0],
        utf8,
    )
