"""Brings a database to the present schema: numbered SQL files, forward only.

A file is named ``NNNN_pre_what_it_does.sql`` (it adds; run before the new code takes traffic) or
``NNNN_post_…`` (it removes; run after). All pending ones run in one transaction under an advisory
lock, so two deploys at once apply each file once, and a failed one changes nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from typing import LiteralString

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.errors import ConfigurationFault
from message_tracker.core.store.database import Database

# Any fixed number: it only has to be the same for everyone who migrates this schema.
_LOCK = 6_078_122_101
_PARTITIONS_AHEAD = 4
_NAME = re.compile(r"(?P<number>\d{4})_(?P<phase>pre|post)_[a-z0-9_]+\.sql")

_PREPARE: LiteralString = """
CREATE TABLE IF NOT EXISTS schema_migration (
    number     integer PRIMARY KEY,
    name       text NOT NULL,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Return the hash that tells an edited file from the one that was applied."""
        return sha256(self.sql.encode()).hexdigest()


def available() -> list[Migration]:
    """Return all migrations of this package, in order."""
    folder = files(__package__).joinpath("sql", "migrations")
    found = [
        Migration(int(match["number"]), file.name, file.read_text("utf-8"))
        for file in folder.iterdir()
        if (match := _NAME.fullmatch(file.name))
    ]
    return sorted(found, key=lambda migration: migration.number)


def migrate(database: Database, *, now: datetime) -> list[Migration]:
    """Apply what is pending, make the coming months' partitions, and return what was applied."""
    with database.transaction() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        # Rolling out must not wait behind a report for ever, nor be cut short while it builds.
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute("SET LOCAL statement_timeout = '15min'")
        cursor.execute("SET LOCAL client_min_messages = warning")
        cursor.execute(_PREPARE)
        lacking = _pending(cursor, available())
        for migration in lacking:
            _apply(cursor, migration)
        cursor.execute("SELECT create_message_event_partitions(%s, %s)", (now, _PARTITIONS_AHEAD))
    return lacking


def pending(database: Database) -> list[Migration]:
    """Return what `migrate` would apply; changes nothing."""
    with database.transaction() as cursor:
        cursor.execute("SELECT to_regclass('schema_migration') IS NOT NULL AS is_there")
        row = cursor.fetchone()
        return _pending(cursor, available()) if row and row["is_there"] else available()


def _pending(cursor: Cursor[DictRow], migrations: Sequence[Migration]) -> list[Migration]:
    cursor.execute("SELECT number, name, checksum FROM schema_migration")
    applied = {row["number"]: row for row in cursor}
    for migration in migrations:
        row = applied.get(migration.number)
        if row is not None and row["checksum"] != migration.checksum:
            raise ConfigurationFault(
                f"{migration.name} was applied to this database with another text: migrations are"
                " never edited; restore the file and put the change into a new one"
            )
    return [migration for migration in migrations if migration.number not in applied]


def _apply(cursor: Cursor[DictRow], migration: Migration) -> None:
    cursor.execute(migration.sql)
    cursor.execute(
        "INSERT INTO schema_migration (number, name, checksum) VALUES (%s, %s, %s)",
        (migration.number, migration.name, migration.checksum),
    )
