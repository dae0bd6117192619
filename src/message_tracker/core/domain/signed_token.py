"""Tokens of links that anybody may follow: whoever has one acts for its message, and for no other.

A token is base64url (RFC 4648, section 5) of: the key's id (1 byte), the message's id (16; a
report's own, of the mail that brings it), when it was made (4, seconds since 1970), for a click the
URL, and 16 bytes of HMAC-SHA-256 (RFC 2104, section 5, lets it be cut to half) over its purpose and
all of that. Nothing is secret in it; a bit changed, or another purpose, and it is forged. Keys are
known by ids, so that a new one can come into use while the old one's links still work.
"""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from message_tracker.core.domain.errors import ConfigurationFault, Forged
from message_tracker.core.domain.message import MessageId

_KEY_IDS: Final = range(1, 256)
_SHORTEST_KEY: Final = 32  # characters; RFC 2104, section 3: no less than the hash has
_MESSAGE: Final = slice(1, 17)
_TIME: Final = slice(17, 21)
_URL: Final = 21
_MAC: Final = 16
_LONGEST: Final = 8192  # characters: what a gateway lets through


class Purpose(StrEnum):
    """What a token lets its bearer do; the path it stands in."""

    UNSUBSCRIBE = "u"
    OPEN = "o"
    CLICK = "c"
    REPORT = "r"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token says; the time to the second, the URL only of a click."""

    message_id: MessageId
    made_at: datetime
    url: str = ""


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """Keys by their ids: the highest signs, all verify."""

    keys: Mapping[int, bytes] = field(repr=False)

    @classmethod
    def parse(cls, texts: Mapping[str, object]) -> "SigningKeys":
        """Return the keys of a JSON object ``{"1": "…", "2": "…"}``.

        Raises:
            ConfigurationFault: it has no key, an id is no number of 1 to 255, or a key is short.
        """
        keys: dict[int, bytes] = {}
        for key_id, key in texts.items():
            if not key_id.isascii() or not key_id.isdecimal() or int(key_id) not in _KEY_IDS:
                raise ConfigurationFault(f"signing key {key_id!r}: name each key by 1 to 255")
            if not isinstance(key, str) or len(key) < _SHORTEST_KEY:
                raise ConfigurationFault(
                    f"signing key {key_id}: a key is a text of at least {_SHORTEST_KEY} characters"
                )
            keys[int(key_id)] = key.encode()
        if not keys:
            raise ConfigurationFault('there is no signing key: store {"1": "<random text>"}')
        return cls(keys)


def sign(purpose: Purpose, claim: Claim, keys: SigningKeys) -> str:
    """Return the token that says so."""
    key_id = max(keys.keys)
    body = b"".join(
        [
            bytes([key_id]),
            claim.message_id.bytes,
            int(claim.made_at.timestamp()).to_bytes(4, "big"),
            claim.url.encode(errors="replace"),
        ]
    )
    return urlsafe_b64encode(body + _mac(purpose, body, keys.keys[key_id])).rstrip(b"=").decode()


def key_id_of(token: str) -> int | None:
    """Return which key a token names, whether it is genuine or not; None if it is no token."""
    raw = _decoded(token)
    return raw[0] if raw else None


def verify(purpose: Purpose, token: str, keys: SigningKeys) -> Claim:
    """Return what a genuine token says.

    Raises:
        Forged: it is none of ours, or of another purpose; the text is always the same.
    """
    raw = _decoded(token)
    if len(raw) < _URL + _MAC:
        raise _forged()
    body, mac = raw[:-_MAC], raw[-_MAC:]
    # An unknown id costs the same as a wrong signature.
    key = keys.keys.get(body[0])
    is_genuine = hmac.compare_digest(mac, _mac(purpose, body, key or bytes(_SHORTEST_KEY)))
    if key is None or not is_genuine:
        raise _forged()
    return Claim(
        message_id=MessageId(UUID(bytes=body[_MESSAGE])),
        made_at=datetime.fromtimestamp(int.from_bytes(body[_TIME], "big"), UTC),
        url=body[_URL:].decode(),
    )


def _mac(purpose: Purpose, body: bytes, key: bytes) -> bytes:
    return hmac.digest(key, purpose.encode() + body, "sha256")[:_MAC]


def _decoded(token: str) -> bytes:
    """Return a token's bytes, none for what is no token; two spellings of one are not both it."""
    if len(token) > _LONGEST or not token.isascii():
        return b""
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return b""
    return raw if urlsafe_b64encode(raw).rstrip(b"=") == token.encode() else b""


def _forged() -> Forged:
    return Forged("the token is none of ours")
