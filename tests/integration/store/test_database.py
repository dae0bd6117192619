"""The process's one connection: checked after a pause, replaced when lost, never unencrypted."""

from datetime import timedelta

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.store import database as module
from message_tracker.core.store.database import Database

WHO = "SELECT pg_backend_pid() AS pid"


def kill(url: str, pid: int) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))


def test_one_connection_serves_all_statements(database: Database) -> None:
    assert database.fetch(WHO) == database.fetch(WHO)


def test_a_connection_lost_during_a_pause_is_replaced_before_its_next_use(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    [before] = database.fetch(WHO)
    kill(database_url, before["pid"])
    monkeypatch.setattr(module, "_RESTED_SECONDS", -1.0)

    [after] = database.fetch(WHO)

    assert before["pid"] != after["pid"]


def test_a_connection_that_the_server_ended_is_replaced_before_its_next_use(
    database: Database, database_url: str
) -> None:
    [before] = database.fetch(WHO)
    kill(database_url, before["pid"])

    [after] = database.fetch(WHO)

    assert before["pid"] != after["pid"]


def test_a_connection_lost_in_use_is_unavailable_once(
    database: Database, database_url: str
) -> None:
    def lose() -> None:
        with database.transaction() as cursor:
            cursor.execute(WHO)
            kill(database_url, cursor.fetchall()[0]["pid"])
            cursor.execute(WHO)

    with pytest.raises(Unavailable, match="57P01"):
        lose()

    assert [{"one": 1}] == database.fetch("SELECT 1 AS one")


def test_an_error_rolls_the_transaction_back(database: Database) -> None:
    def fail() -> None:
        with database.transaction() as cursor:
            cursor.execute("INSERT INTO message_group (group_id) VALUES (gen_random_uuid())")
            raise LookupError

    with pytest.raises(LookupError):
        fail()

    assert [{"count": 0}] == database.fetch("SELECT count(*) FROM message_group")


def test_a_statement_that_takes_too_long_is_unavailable(database_url: str) -> None:
    hasty = Database(lambda: database_url, statement_timeout=timedelta(milliseconds=50))

    with pytest.raises(Unavailable, match="57014"):
        hasty.fetch("SELECT pg_sleep(5)")

    hasty.close()


def test_an_error_never_tells_the_password(database_url: str) -> None:
    wrong = make_conninfo(database_url, password="hush-hush", port="1")

    with pytest.raises(Unavailable) as refused:
        Database(lambda: wrong, patience=timedelta(0)).fetch("SELECT")

    assert "hush" not in str(refused.value)
