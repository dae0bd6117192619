"""Who calls: an API key as a bearer token (RFC 6750, section 2.1)."""

import re
from collections.abc import Set as AbstractSet
from typing import Final

from message_tracker.core.domain.api_key import Caller, Scope
from message_tracker.core.domain.permission import forbidden, too_many
from message_tracker.core.domain.problem import Problem, RequestRefused
from message_tracker.core.store.api_keys import ApiKeys

_BEARER: Final = re.compile(r"Bearer +(\S+) *", re.IGNORECASE)


def authenticate(authorization: str | None, keys: ApiKeys, scopes: AbstractSet[Scope]) -> Caller:
    """Return who calls.

    Args:
        authorization: the header of this name.
        keys: that are known.
        scopes: any of which is enough.

    Raises:
        RequestRefused: 401, the same for a key that never was, is wrong, revoked or expired;
            429 for one whose rate of requests is used up; 403 for one that opens something else.
    """
    if not authorization:
        raise _unauthorized("no API key: send the header 'Authorization: Bearer mt_…'")
    match = _BEARER.fullmatch(authorization)
    admission = keys.admit(match[1]) if match else None
    if admission is None:
        raise _unauthorized("the API key is not valid here: check it, or ask for a new one")
    if admission.wait:
        raise too_many("requests", admission.wait)
    if not admission.caller.scopes & scopes:
        raise forbidden(scopes)
    return admission.caller


def _unauthorized(detail: str) -> RequestRefused:
    headers = {"WWW-Authenticate": 'Bearer realm="message-tracker"'}
    return RequestRefused(
        Problem(401, "unauthorized", "The request is not authenticated", detail, headers=headers)
    )
