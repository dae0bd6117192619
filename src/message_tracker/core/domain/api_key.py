"""Who calls the API, and what the caller's key opens."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Scope(StrEnum):
    """What a key may be used for."""

    SEND_EMAIL = "send:email"
    SEND_TEXT = "send:sms"
    READ = "read"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is behind a request: a key that is valid now."""

    api_key_id: UUID
    scopes: AbstractSet[Scope]
