"""UUIDv7 identifiers (RFC 9562, section 5.7): made by the application, ordered by time."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a fresh UUIDv7, so that rows made together lie together in every index."""
    return uuid7()
