"""A real Postgres for the tests: one server per run, one migrated template, one copy per test.

Set `MT_TEST_DATABASE_URL` to a server on which databases may be created to use that one instead.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier

from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import migrate
from message_tracker.local.postgres import embedded_postgres

GIVEN_SERVER = "MT_TEST_DATABASE_URL"
_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - the folder below it is our own
_ROOM = 4 << 30  # bytes


@contextmanager
def server() -> Iterator[str]:
    """Yield the URL of a server for this run: the given one, or an embedded one."""
    if given := os.environ.get(GIVEN_SERVER):  # noqa: TID251 - the tests' own switch
        yield given
        return
    with tempfile.TemporaryDirectory(
        prefix="mt-test-", dir=_memory(), ignore_cleanup_errors=True
    ) as folder:
        Path(folder).chmod(0o711)  # the server does not run as root, and must pass through
        with embedded_postgres(Path(folder) / "data") as url:
            yield url


def _memory() -> Path | None:
    """Return a folder in memory, where there is one with room: a copy takes a tenth of the time."""
    if _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).free > _ROOM:
        return _SHARED_MEMORY
    return None


@contextmanager
def fresh_database(server_url: str, template: str | None = None) -> Iterator[str]:
    """Yield the URL of a new database, a copy of `template`, dropped at the end."""
    name = f"mt_{uuid4().hex}"
    copied = (
        SQL(" TEMPLATE {} STRATEGY file_copy").format(Identifier(template)) if template else SQL("")
    )
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)) + copied)
        try:
            yield make_conninfo(server_url, dbname=name)
        finally:
            connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@contextmanager
def migrated_template(server_url: str) -> Iterator[str]:
    """Yield the name of a database that holds the present schema and nothing else."""
    with fresh_database(server_url) as url:
        database = Database(lambda: url)
        migrate(database, now=datetime.now(UTC))
        database.close()  # a database someone is connected to cannot be copied
        yield psycopg.conninfo.conninfo_to_dict(url)["dbname"]  # type: ignore[misc] # always set
