"""Brings a database to the present schema: numbered SQL files, forward only.

A file is named ``NNNN_pre_what_it_does.sql`` (it adds; run before the new code takes traffic) or
``NNNN_post_…`` (it removes; run after). All pending ones of a phase run in one transaction under an
advisory lock, so two deploys at once apply each file once, and a failed one changes nothing.
"""

import re
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from importlib.resources import files
from typing import LiteralString

import psycopg
from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.errors import ConfigurationFault, MigrationFailed
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


class Phase(StrEnum):
    """When a migration runs: before the new code takes traffic, or after."""

    PRE = "pre"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of SQL."""

    number: int
    name: str
    sql: str

    @property
    def phase(self) -> Phase:
        """Return when it runs, which its name says."""
        return Phase(self.name.split("_")[1])

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


def migrate(
    database: Database,
    *,
    now: datetime,
    phases: Collection[Phase] = frozenset(Phase),
    timeout: timedelta = timedelta(minutes=15),
) -> list[Migration]:
    """Apply what is pending, make the coming months' partitions, and return what was applied.

    Args:
        database: to be migrated.
        now: the time, from which the months are counted.
        phases: whose migrations are applied.
        timeout: after which Postgres cancels the statement that is running.

    Raises:
        ConfigurationFault: an applied file was edited.
        MigrationFailed: a file failed; nothing was changed.
        Unavailable: Postgres did not answer; nothing was changed, unless only the answer was lost.
    """
    ends = time.monotonic() + timeout.total_seconds()
    with database.transaction() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        # Rolling out must not wait behind a report for ever.
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute("SET LOCAL client_min_messages = warning")
        cursor.execute(_PREPARE)
        lacking = [each for each in _pending(cursor, available()) if each.phase in phases]
        for migration in lacking:
            _apply(cursor, migration, seconds_left=ends - time.monotonic())
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


def _apply(cursor: Cursor[DictRow], migration: Migration, *, seconds_left: float) -> None:
    milliseconds = max(1, int(seconds_left * 1000))  # 0 would be no limit at all
    cursor.execute("SELECT set_config('statement_timeout', %s, TRUE)", (str(milliseconds),))
    try:
        cursor.execute(migration.sql)
    except psycopg.Error as error:
        if cursor.connection.broken:
            raise
        raise MigrationFailed(f"{migration.name}: {_said(error)}; nothing was changed") from error
    cursor.execute(
        "INSERT INTO schema_migration (number, name, checksum) VALUES (%s, %s, %s)",
        (migration.number, migration.name, migration.checksum),
    )


def _said(error: psycopg.Error) -> str:
    """Return what Postgres says of a failure without what a row holds.

    Its detail may quote a row, and of a data exception (PostgreSQL, Appendix A: class 22) the first
    line quotes the value.
    """
    state = error.sqlstate or ""
    is_of_a_value = state.startswith("22")
    return f"{state}: {type(error).__name__ if is_of_a_value else error.diag.message_primary}"
