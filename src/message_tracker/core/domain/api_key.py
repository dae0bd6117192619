"""Who calls the API, and what the caller's key opens."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID


class Scope(StrEnum):
    """What a key may be used for."""

    SEND_EMAIL = "send:email"
    SEND_TEXT = "send:sms"
    READ = "read"
    ADMIN = "admin"


USUAL_SCOPES: Final = frozenset({Scope.SEND_EMAIL, Scope.SEND_TEXT, Scope.READ})
"""What a key opens unless its maker says otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyTerms:
    """What a key opens, how much of it, and how long.

    Args:
        scopes: what it may be used for; none includes another.
        is_test: what it sends reaches the providers' simulators, whatever the recipient.
        countries: that it may text to, by their ISO 3166-1 alpha-2 codes; None for any.
        requests_per_second: None for no limit.
        messages_per_second: that it may have accepted; None for no limit.
        expires_at: from when on it opens nothing; None for never.
    """

    scopes: AbstractSet[Scope] = USUAL_SCOPES
    is_test: bool = False
    countries: AbstractSet[str] | None = None
    requests_per_second: float | None = None
    messages_per_second: float | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is behind a request: a key that is valid now. The fields are those of `KeyTerms`."""

    api_key_id: UUID
    scopes: AbstractSet[Scope]
    is_test: bool = False
    countries: AbstractSet[str] | None = None
    messages_per_second: float | None = None
