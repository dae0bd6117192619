"""Values of providers, made fit to be kept.

Whatever JSON can say may stand in any field of an event. What leaves here can be stored as
PostgreSQL ``text`` and ``jsonb``: no NUL, no lone surrogate, no nesting, bounded in length.
"""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec

from message_tracker.core.domain.events.vocabulary import Details, Scalar
from message_tracker.core.domain.message import AttemptId, MessageId

_TEXT_LENGTH = 256  # of names, ids and codes; keeps any of them within an index entry
_ADDRESS_LENGTH = 320  # RFC 3696 erratum 1690: 64 + 1 + 255
_DETAIL_LENGTH = 4096  # of free text, such as a diagnostic or a link
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_YEAR_10000_MS = 253_402_300_800_000
_BIGINT = 1 << 63
_NUMBERS = (bool, float)
_TIMESTAMP = (str, datetime)


def text(value: object, length: int = _TEXT_LENGTH) -> str | None:
    """Return the string to keep, at most ``length`` characters; None if there is none."""
    if not isinstance(value, str) or not value:
        return None
    kept = value if len(value) <= length else value[:length]
    return kept.replace("\0", "\ufffd") if "\0" in kept else kept


def address(value: object) -> str | None:
    """Return the bare address of ``a@b`` or ``Name <a@b>``, or the phone number."""
    kept = text(value, 4 * _ADDRESS_LENGTH)
    if kept is None:
        return None
    if kept[-1] == ">":
        kept = kept[kept.rfind("<") + 1 : -1]
    return kept.strip()[:_ADDRESS_LENGTH] or None


def addresses(values: object) -> tuple[str, ...]:
    """Return the addresses of a list, without what is none."""
    if not isinstance(values, list):
        return ()
    return tuple([kept for value in values if (kept := address(value)) is not None])


def facts(**values: object) -> Details:
    """Return the values as details: nulls left out, what is nested as compact JSON text."""
    kept: Details = {}
    for name, value in values.items():
        # A short string without a NUL, as nearly every one is, passes without a call.
        if isinstance(value, str) and len(value) <= _DETAIL_LENGTH and "\0" not in value:
            kept[name] = value
        elif value is not None:
            kept[name] = _scalar(value)
    return kept


def _scalar(value: object) -> Scalar:
    if isinstance(value, str):
        return text(value, _DETAIL_LENGTH) or ""
    if isinstance(value, _NUMBERS):
        return value
    if isinstance(value, int):
        return value if -_BIGINT <= value < _BIGINT else str(value)
    return json_text(value)


def json_text(value: object) -> str:
    """Return a decoded JSON value as compact JSON text, at most 4,096 characters."""
    try:
        encoded = msgspec.json.encode(value, order="sorted").decode()
    except RecursionError:
        return "(nested too deeply)"
    return encoded[:_DETAIL_LENGTH]


def own_ids(message_id: object, attempt_id: object) -> tuple[MessageId | None, AttemptId | None]:
    """Return our ids; None for what is absent, or another application's under the same name."""
    message, attempt = _uuid(message_id), _uuid(attempt_id)
    return (
        None if message is None else MessageId(message),
        None if attempt is None else AttemptId(attempt),
    )


def _uuid(value: object) -> UUID | None:
    if isinstance(value, UUID):
        return value
    if not isinstance(value, str):
        return None
    try:
        return msgspec.convert(value, UUID)
    except msgspec.ValidationError:
        return None


def rfc3339(value: object) -> datetime | None:
    """Return an RFC 3339 timestamp, decoded or not, as UTC, cut to milliseconds; None if none.

    A timestamp without an offset is UTC. Years before 1970 are no event's.
    """
    if not isinstance(value, _TIMESTAMP):
        return None
    try:
        at = msgspec.convert(value, datetime) if isinstance(value, str) else value
        if at.tzinfo is not UTC:
            at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        return None
    if at < _EPOCH:
        return None
    below_ms = at.microsecond % 1000
    return at - timedelta(microseconds=below_ms) if below_ms else at


def epoch_ms(value: object) -> datetime | None:
    """Return milliseconds since the epoch as UTC; None if they are not within 1970 to 9999."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value < _YEAR_10000_MS:
        return None
    return _EPOCH + timedelta(milliseconds=int(value))
