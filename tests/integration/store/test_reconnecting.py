"""A server that starts, fails over or has got a new password is survived by trying again."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from threading import Thread

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.store.database import Database
from message_tracker.local.ports import claim_port
from message_tracker.local.postgres import embedded_postgres

AT_ONCE = timedelta(0)
A_WHILE = timedelta(seconds=10)
INSERT = "INSERT INTO message_group (group_id) VALUES (gen_random_uuid())"


class Asked:
    """Gives a URL, and counts how often it was asked for one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.times = 0

    def __call__(self) -> str:
        self.times += 1
        return self.url


class Server:
    """A server of the test's own, which can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = claim_port(None, "Postgres")
        self._running = ExitStack()
        self.url = ""

    def start(self) -> None:
        run = embedded_postgres(self._folder / "data", self.port)
        self.url = self._running.enter_context(run)

    def stop(self) -> None:
        self._running.close()

    def start_within(self, seconds: float) -> Thread:
        def later() -> None:
            time.sleep(seconds)
            self.start()

        thread = Thread(target=later)
        thread.start()
        return thread


@pytest.fixture
def server() -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="mt-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # the server does not run as root, and must pass through
        found = Server(Path(folder))
        found.start()
        yield found
        found.stop()


def test_a_server_that_restarts_is_waited_for(server: Server) -> None:
    database = Database(lambda: server.url, patience=A_WHILE)
    database.fetch("SELECT")
    server.stop()
    starting = server.start_within(0.5)

    found = database.fetch("SELECT 1 AS one")

    starting.join()
    database.close()
    assert [{"one": 1}] == found


def test_a_server_that_stays_away_is_given_up_when_the_patience_ends(server: Server) -> None:
    server.stop()
    began = time.monotonic()

    with pytest.raises(Unavailable):
        Database(lambda: server.url, patience=timedelta(seconds=0.5)).fetch("SELECT")

    assert 0.2 < time.monotonic() - began < 5


def test_a_rotated_password_is_asked_for_at_once(server: Server) -> None:
    asked = Asked(server.url)
    database = Database(asked, patience=AT_ONCE)
    database.fetch("SELECT")
    database.close()
    with psycopg.connect(server.url, autocommit=True) as administrator:
        administrator.execute("ALTER ROLE message_tracker PASSWORD 'rotated'")
    asked.url = make_conninfo(server.url, password="rotated")

    found = database.fetch("SELECT 1 AS one")

    database.close()
    assert [{"one": 1}] == found
    assert 2 == asked.times


def test_a_url_that_works_is_not_asked_for_again(database_url: str) -> None:
    asked = Asked(database_url)
    database = Database(asked)
    for _ in range(2):
        database.fetch("SELECT")
        database.close()

    assert 1 == asked.times


def test_a_server_that_became_a_reader_is_left_for_the_writer(database_url: str) -> None:
    database = Database(lambda: database_url)
    database.fetch("SET default_transaction_read_only = on")  # as a failover leaves the old writer

    with pytest.raises(Unavailable, match="25006"):
        database.fetch(INSERT)

    database.fetch(INSERT)
    database.close()


def test_a_reader_is_not_connected_with_until_it_may_write(database_url: str) -> None:
    name = conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(database_url, autocommit=True) as administrator:
        administrator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")

        with pytest.raises(Unavailable):
            Database(lambda: database_url, patience=AT_ONCE).fetch(INSERT)

        administrator.execute("SET default_transaction_read_only = off")
        administrator.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
    waiting = Database(lambda: database_url, patience=AT_ONCE)
    waiting.fetch(INSERT)
    waiting.close()


def test_an_idle_connection_is_ended_by_the_server_and_not_missed(database: Database) -> None:
    [setting] = database.fetch("SELECT current_setting('idle_session_timeout') AS after")

    assert {"after": "10min"} == setting
