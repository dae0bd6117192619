"""Which messages are looked for, and where a page of them ended."""

import base64
import binascii
import re
from dataclasses import astuple, dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import UUID

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_LATEST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_TIME_BYTES: Final = 8
_ID_BYTES: Final = 16
_CHECK_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSearch:
    """What the messages have in common; None for anything.

    Args:
        to: the recipient, normalized.
        provider_message_id: the provider's id.
        group: an id or a name.
        user_id: the caller's id of the recipient.
        status: where they stand now.
        channel: by what they travel.
        accepted_from: when they were accepted, the first instant.
        accepted_until: the first instant after.
    """

    to: str | None = None
    provider_message_id: str | None = None
    group: str | None = None
    user_id: str | None = None
    status: MessageStatus | None = None
    channel: Channel | None = None
    accepted_from: datetime | None = None
    accepted_until: datetime | None = None


class Position(NamedTuple):
    """Of a message among all: by when it was accepted, then by its id."""

    created_at: datetime
    message_id: UUID


def recipient_sought(to: str) -> str:
    """Return a recipient as messages keep it: a domain in lower case, a number in E.164.

    A query turns every ``+`` that nobody escaped into a blank; no address has a blank.
    """
    if "@" not in to:
        return "+" + re.sub(r"\D", "", to)
    local_part, _, domain = to.strip().rpartition("@")
    return f"{local_part}@{domain.lower()}".replace(" ", "+")


def cursor_at(position: Position, search: MessageSearch) -> str:
    """Return what a caller gives back to go on behind a position."""
    microseconds = (position.created_at - _EPOCH) // _MICROSECOND
    place = microseconds.to_bytes(_TIME_BYTES) + position.message_id.bytes
    return base64.urlsafe_b64encode(place + _check(place, search)).rstrip(b"=").decode("ascii")


def position_at(cursor: str, search: MessageSearch) -> Position:
    """Return the position a cursor means; `ValueError` if it is none of this search."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _foreign() from error
    place, check = raw[:-_CHECK_BYTES], raw[-_CHECK_BYTES:]
    microseconds = int.from_bytes(place[:_TIME_BYTES])
    is_whole = len(place) == _TIME_BYTES + _ID_BYTES and microseconds <= _LATEST
    if not is_whole or check != _check(place, search):
        raise _foreign()
    at = _EPOCH + microseconds * _MICROSECOND
    return Position(at, UUID(bytes=place[_TIME_BYTES:]))


def _check(place: bytes, search: MessageSearch) -> bytes:
    """Return what tells a cursor of this search; whoever forges one only turns to another page."""
    return sha256(place + repr(astuple(search)).encode()).digest()[:_CHECK_BYTES]


def _foreign() -> ValueError:
    return ValueError(
        "is not of this search: take `next` as it was answered, with the same filters"
    )
