"""Who calls: an API key as a bearer token (RFC 6750, section 2.1)."""

import re
from typing import Final
from uuid import UUID

from message_tracker.core.domain.problem import Problem, RequestRefused
from message_tracker.core.store.api_keys import ApiKeys

_BEARER: Final = re.compile(r"Bearer +(\S+) *", re.IGNORECASE)


def authenticate(authorization: str | None, keys: ApiKeys) -> UUID:
    """Return the id of the caller's key.

    Args:
        authorization: the header of this name.
        keys: that are known.

    Raises:
        RequestRefused: 401, the same for a key that never was, is wrong or was revoked.
    """
    if not authorization:
        raise _unauthorized("no API key: send the header 'Authorization: Bearer mt_…'")
    match = _BEARER.fullmatch(authorization)
    api_key_id = keys.find(match[1]) if match else None
    if api_key_id is None:
        raise _unauthorized("the API key is not valid here: check it, or ask for a new one")
    return api_key_id


def _unauthorized(detail: str) -> RequestRefused:
    headers = {"WWW-Authenticate": 'Bearer realm="message-tracker"'}
    return RequestRefused(
        Problem(401, "unauthorized", "The request is not authenticated", detail, headers=headers)
    )
