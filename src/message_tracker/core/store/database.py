"""One connection to Postgres per process, opened late and checked after a pause.

A Lambda environment handles one event at a time, so one connection serves it; a frozen and thawed
environment finds its socket dead, so a connection that has rested is asked before it is used.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, Cursor
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row

from message_tracker.core.domain.errors import ConfigurationFault, Unavailable

Parameters = Mapping[str, Any]

_RESTED_SECONDS = 20.0
_CONNECT_TIMEOUT_SECONDS = 35  # Aurora that scaled to zero takes up to 30 s to resume


class Database:
    """Runs statements on the process's connection; a lost one is replaced before its next use.

    Args:
        url: returns the libpq URL; asked at every connect, so that a rotated secret is seen.
        statement_timeout: after which Postgres cancels a statement.
        search_path: the schemas where tables are looked for; Postgres' default if empty.
    """

    def __init__(
        self,
        url: Callable[[], str],
        *,
        statement_timeout: timedelta = timedelta(seconds=30),
        search_path: str = "",
    ) -> None:
        self._url = url
        self._statement_timeout = statement_timeout
        self._search_path = f" -c search_path={search_path}" if search_path else ""
        self._connection: Connection[DictRow] | None = None
        self._used_at = 0.0

    def fetch(self, query: LiteralString, parameters: Parameters | None = None) -> list[DictRow]:
        """Run one statement in its own transaction and return its rows (none for a plain write)."""
        with self._translated(), self._borrowed() as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []

    @contextmanager
    def transaction(self) -> Iterator[Cursor[DictRow]]:
        """Give a cursor in a transaction: committed at the end, rolled back on any error."""
        with (
            self._translated(),
            self._borrowed() as connection,
            connection.transaction(),
            connection.cursor() as cursor,
        ):
            yield cursor

    def close(self) -> None:
        """Close the connection; the next statement opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _borrowed(self) -> Iterator[Connection[DictRow]]:
        connection = self._alive()
        try:
            yield connection
        finally:
            self._used_at = time.monotonic()
            if connection.broken:
                self.close()

    def _alive(self) -> Connection[DictRow]:
        if self._connection is not None and self._rested() and not _answers(self._connection):
            self.close()
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def _rested(self) -> bool:
        return time.monotonic() - self._used_at > _RESTED_SECONDS

    def _connect(self) -> Connection[DictRow]:
        milliseconds = int(self._statement_timeout.total_seconds() * 1000)
        return psycopg.connect(
            secured(self._url()),
            autocommit=True,
            row_factory=dict_row,
            prepare_threshold=None,  # a prepared statement pins a proxied connection
            connect_timeout=_CONNECT_TIMEOUT_SECONDS,
            application_name="message-tracker",
            options=f"-c statement_timeout={milliseconds} -c lock_timeout=10000"
            f" -c idle_in_transaction_session_timeout=60000 -c timezone=UTC{self._search_path}",
        )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except psycopg.OperationalError as error:
            # Lost or refused connections, timeouts, deadlocks: a later try may succeed.
            raise Unavailable(f"Postgres: {type(error).__name__} {error.sqlstate or ''}") from error


def secured(url: str) -> str:
    """Return the URL with ``sslmode=verify-full``, unless Postgres is on this very machine.

    A URL that asks for less over a network is refused.
    """
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError as error:
        raise ConfigurationFault(
            "the database URL is not a libpq URL: write postgresql://user:password@host:5432/name"
        ) from error
    if all(_is_this_machine(str(host)) for host in _hosts(parts)):
        return url
    if parts.get("sslmode", "verify-full") != "verify-full":
        raise ConfigurationFault(
            f"the database URL says sslmode={parts['sslmode']}: over a network only verify-full"
            " proves who answers; remove sslmode, or name the CA with sslrootcert=/path/to/ca.pem"
        )
    return make_conninfo(url, sslmode="verify-full", sslrootcert=parts.get("sslrootcert", "system"))


def _hosts(parts: Mapping[str, Any]) -> Sequence[str]:
    return str(parts.get("hostaddr") or parts.get("host") or "").split(",")


def _is_this_machine(host: str) -> bool:
    if host in ("", "localhost") or host.startswith("/"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _answers(connection: Connection[DictRow]) -> bool:
    try:
        connection.execute("SELECT")
    except psycopg.OperationalError:
        return False
    return True
