"""Who may call the API. A key is shown once, when it is made; the database keeps its hash."""

import base64
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.api_key import Caller, KeyTerms, Scope
from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.domain.ids import new_id
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("api_keys")
_SECRET_BYTES: Final = 32
_TEST_MARK: Final = "test_"
_KEY: Final = re.compile(rf"mt_[a-z][a-z0-9]{{0,15}}_({_TEST_MARK})?[A-Za-z0-9_-]{{43}}", re.ASCII)
_TERMS: Final = tuple(field.name for field in fields(KeyTerms))


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key: not the key."""

    api_key_id: UUID
    name: str
    terms: KeyTerms
    created_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Admission:
    """A caller with a valid key; `wait` is how long until the key's rate has room, or zero."""

    caller: Caller
    wait: timedelta


class ApiKeys:
    """The keys of one deployment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(
        self, stage: str, name: str, now: datetime, terms: KeyTerms | None = None
    ) -> tuple[UUID, str]:
        """Make a key and return its id and the key itself, which cannot be read again.

        Args:
            stage: shown in the key, so that one sees where a found key belongs.
            name: of the key's holder.
            now: when.
            terms: what it opens; the usual, if not given.
        """
        terms = terms or KeyTerms()
        api_key_id = new_id()
        random = base64.urlsafe_b64encode(secrets.token_bytes(_SECRET_BYTES)).rstrip(b"=")
        key = f"mt_{stage}_{_TEST_MARK if terms.is_test else ''}{random.decode('ascii')}"
        self.keep(api_key_id, name, key, now, terms)
        return api_key_id, key

    def keep(self, api_key_id: UUID, name: str, key: str, now: datetime, terms: KeyTerms) -> None:
        """Let a key open what `terms` say; of one id, the last key that was kept is the valid one.

        To keep a key again changes nothing: one that was revoked stays so.
        """
        parameters = {"api_key_id": api_key_id, "name": name, "key_hash": _hash(key), "now": now}
        self._database.fetch(_QUERIES["keep_api_key"], parameters | _columns(terms))

    def admit(self, key: str) -> Admission | None:
        """Return who calls with a key that is valid now, or None; it counts as a request.

        Whatever the key, the database is asked once: how long that takes tells nothing of it.
        """
        if not _KEY.fullmatch(key):
            return None
        key_hash = _hash(key)
        rows = self._database.fetch(_QUERIES["admit_caller"], {"key_hash": key_hash})
        same = (row for row in rows if hmac.compare_digest(row["key_hash"], key_hash))
        return next((Admission(caller_of(row), row["wait"]) for row in same), None)

    def list_all(self) -> Sequence[ApiKey]:
        """Return all keys ever made, the newest first."""
        return [_api_key(row) for row in self._database.fetch(_QUERIES["list_api_keys"])]

    def revoke(self, api_key_id: UUID, now: datetime) -> bool:
        """Make a key useless from now on; False when there is no such key in use."""
        parameters = {"api_key_id": api_key_id, "now": now}
        return bool(self._database.fetch(_QUERIES["revoke_api_key"], parameters))


def simulator_key(stage: str, random: str) -> str:
    """Return the test key that is made of 43 random letters, digits, hyphens or underscores.

    Raises:
        ConfigurationFault: `random` is nothing of the kind.
    """
    key = f"mt_{stage}_{_TEST_MARK}{random}"
    if not _KEY.fullmatch(key):
        raise ConfigurationFault(
            "a key is made of 43 random letters and digits: let the secret hold those"
        )
    return key


def charge_messages(cursor: Cursor[DictRow], caller: Caller, messages: int) -> timedelta:
    """Take so many messages of the caller's rate, inside the transaction that stores them.

    Returns:
        Zero; or, when there is no room and nothing was taken, how long to wait.
    """
    parameters = {
        "api_key_id": caller.api_key_id,
        "messages": messages,
        "messages_per_second": caller.messages_per_second,
    }
    [row] = cursor.execute(_QUERIES["charge_messages"], parameters).fetchall()
    wait: timedelta = row["wait"]
    return wait


def _hash(key: str) -> bytes:
    """Return what is stored of a key. It is random, so one round of SHA-256 cannot be guessed."""
    return sha256(key.encode()).digest()


def _columns(terms: KeyTerms) -> dict[str, Any]:
    columns = {name: getattr(terms, name) for name in _TERMS}
    countries = None if terms.countries is None else sorted(terms.countries)
    return columns | {"scopes": sorted(terms.scopes), "countries": countries}


def _api_key(row: Mapping[str, Any]) -> ApiKey:
    terms = {name: row[name] for name in _TERMS} | {
        "scopes": _scopes(row),
        "countries": _countries(row),
    }
    return ApiKey(
        api_key_id=row["api_key_id"],
        name=row["name"],
        terms=KeyTerms(**terms),
        created_at=row["created_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )


def caller_of(row: Mapping[str, Any]) -> Caller:
    """Return whom a row with a key's columns stands for."""
    return Caller(
        api_key_id=row["api_key_id"],
        scopes=_scopes(row),
        is_test=row["is_test"],
        countries=_countries(row),
        messages_per_second=row["messages_per_second"],
    )


def _scopes(row: Mapping[str, Any]) -> frozenset[Scope]:
    return frozenset(map(Scope, row["scopes"]))


def _countries(row: Mapping[str, Any]) -> frozenset[str] | None:
    return None if row["countries"] is None else frozenset(row["countries"])
