"""Who may call the API. A key is shown once, when it is made; the database keeps its hash."""

import base64
import hmac
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from message_tracker.core.domain.api_key import Caller, Scope
from message_tracker.core.domain.ids import new_id
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("api_keys")
_SECRET_BYTES: Final = 32
_KEY: Final = re.compile(r"mt_[a-z][a-z0-9]{0,15}_[A-Za-z0-9_-]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key: not the key."""

    api_key_id: UUID
    name: str
    created_at: datetime
    revoked_at: datetime | None


class ApiKeys:
    """The keys of one deployment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, stage: str, name: str, now: datetime) -> tuple[UUID, str]:
        """Make a key and return its id and the key itself, which cannot be read again.

        Args:
            stage: shown in the key, so that one sees where a found key belongs.
            name: of the key's holder.
            now: when.
        """
        api_key_id = new_id()
        random = base64.urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).rstrip(b"=")
        key = f"mt_{stage}_{random.decode('ascii')}"
        self._database.fetch(
            _QUERIES["insert_api_key"],
            {"api_key_id": api_key_id, "name": name, "key_hash": _hash(key), "now": now},
        )
        return api_key_id, key

    def find(self, key: str) -> Caller | None:
        """Return who calls with a key that is valid now, or None."""
        if not _KEY.fullmatch(key):
            return None
        key_hash = _hash(key)
        rows = self._database.fetch(_QUERIES["find_api_key"], {"key_hash": key_hash})
        same = (row for row in rows if hmac.compare_digest(row["key_hash"], key_hash))
        return next((Caller(row["api_key_id"], frozenset(Scope)) for row in same), None)

    def list_all(self) -> Sequence[ApiKey]:
        """Return all keys ever made, the newest first."""
        rows = self._database.fetch(_QUERIES["list_api_keys"])
        return [ApiKey(**row) for row in rows]

    def revoke(self, api_key_id: UUID, now: datetime) -> bool:
        """Make a key useless from now on; False when there is no such key in use."""
        parameters = {"api_key_id": api_key_id, "now": now}
        return bool(self._database.fetch(_QUERIES["revoke_api_key"], parameters))


def _hash(key: str) -> bytes:
    """Return what is stored of a key. It is random, so one round of SHA-256 cannot be guessed."""
    return sha256(key.encode()).digest()
