"""One connection to Postgres per process, opened late, checked before use, replaced when lost.

A Lambda environment handles one event at a time, so one connection serves it; a frozen and thawed
environment finds its socket dead, so a connection that has rested is asked before it is used.
A server that starts, resumes, fails over or has got a new password is tried again for a while.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from select import POLLIN, poll
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, Cursor
from psycopg.rows import DictRow, dict_row

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.store.transport import secured

Parameters = Mapping[str, Any]

_RESTED_SECONDS = 20.0
# A paused Aurora holds a connection back until it has resumed, which takes 15 s and seldom 30. What
# is given up after 10 s has woken it, and a further attempt finds it awake.
_ATTEMPT_SECONDS = 10
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 2.0
# An environment that Lambda froze keeps its connection; the server need not keep it for ever.
_IDLE_TIMEOUT = timedelta(minutes=10)


class Database:
    """Runs statements on the process's connection; a lost one is replaced before its next use.

    Args:
        url: returns the libpq URL; asked again when a connection fails, so that a rotated secret
            is seen.
        statement_timeout: after which Postgres cancels a statement.
        search_path: the schemas where tables are looked for; Postgres' default if empty.
        patience: for how long a connection that fails is tried again. An attempt takes up to 10 s
            more.
    """

    def __init__(
        self,
        url: Callable[[], str],
        *,
        statement_timeout: timedelta = timedelta(seconds=30),
        search_path: str = "",
        patience: timedelta = timedelta(seconds=15),
    ) -> None:
        self._url = url
        self._known_url = ""
        self._patience = patience
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
        except psycopg.errors.ReadOnlySqlTransaction:
            self.close()  # the server was the writer until a failover: its name leads elsewhere now
            raise
        finally:
            self._used_at = time.monotonic()
            if connection.broken:
                self.close()

    def _alive(self) -> Connection[DictRow]:
        connection = self._connection
        if connection is not None and self._is_doubtful(connection) and not _answers(connection):
            self.close()
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return self._connection

    def _is_doubtful(self, connection: Connection[DictRow]) -> bool:
        if connection.closed:
            return False
        rested = time.monotonic() - self._used_at > _RESTED_SECONDS
        return rested or _has_something_to_say(connection)

    def _connect(self) -> Connection[DictRow]:
        """Connect, and try again within the patience; what fails may be over in a moment."""
        ends = time.monotonic() + self._patience.total_seconds()
        pause = _FIRST_PAUSE_SECONDS
        while True:
            try:
                return self._attempt()
            except psycopg.OperationalError:
                is_rotated, self._known_url = bool(self._known_url), ""
                if is_rotated:
                    continue  # with what the secret says now
                if time.monotonic() + pause > ends:
                    raise
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)

    def _attempt(self) -> Connection[DictRow]:
        url = self._known_url or secured(self._url())
        milliseconds = int(self._statement_timeout.total_seconds() * 1000)
        idle_milliseconds = int(_IDLE_TIMEOUT.total_seconds() * 1000)
        connection = psycopg.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            prepare_threshold=None,  # a prepared statement pins a proxied connection
            connect_timeout=_ATTEMPT_SECONDS,
            target_session_attrs="read-write",  # after a failover a name may lead to a reader
            application_name="message-tracker",
            options=f"-c statement_timeout={milliseconds} -c lock_timeout=10000"
            f" -c idle_session_timeout={idle_milliseconds}"
            f" -c idle_in_transaction_session_timeout=60000 -c timezone=UTC{self._search_path}",
        )
        self._known_url = url
        return connection

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (psycopg.OperationalError, psycopg.errors.ReadOnlySqlTransaction) as error:
            # Lost or refused connections, timeouts, deadlocks, a failover: a later try may succeed.
            raise Unavailable(f"Postgres: {type(error).__name__} {error.sqlstate or ''}") from error


def _has_something_to_say(connection: Connection[DictRow]) -> bool:
    """Return if the server sent something that nobody asked for, such as a farewell."""
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    return bool(waiting.poll(0))


def _answers(connection: Connection[DictRow]) -> bool:
    try:
        connection.execute("SELECT")
    except psycopg.OperationalError:
        return False
    return True
