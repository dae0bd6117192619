"""UUIDv7 identifiers (RFC 9562, section 5.7): made by the application, ordered by time."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from uuid_utils.compat import uuid7

_TIME: Final = 80  # bits behind the 48 of the milliseconds since 1970
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def made_at(made: UUID) -> datetime:
    """Return when a UUIDv7 was made, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=made.int >> _TIME)


def new_id() -> UUID:
    """Return a fresh UUIDv7, so that rows made together lie together in every index."""
    return uuid7()
