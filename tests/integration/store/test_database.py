"""The process's one connection: checked after a pause, replaced when lost, never unencrypted."""

from datetime import timedelta

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from message_tracker.core.domain.errors import ConfigurationFault, Unavailable
from message_tracker.core.store import database as module
from message_tracker.core.store.database import Database, secured

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


def test_a_connection_lost_in_use_is_unavailable_once(
    database: Database, database_url: str
) -> None:
    [before] = database.fetch(WHO)
    kill(database_url, before["pid"])

    with pytest.raises(Unavailable):
        database.fetch(WHO)

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
        Database(lambda: wrong).fetch("SELECT")

    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "/var/run/postgresql"])
def test_this_machine_needs_no_encryption(host: str) -> None:
    url = make_conninfo(host=host, dbname="x")

    assert url == secured(url)


@pytest.mark.parametrize("host", ["db.example.com", "10.0.0.5", "127.0.0.1,db.example.com"])
def test_a_network_needs_verify_full(host: str) -> None:
    parts = conninfo_to_dict(secured(make_conninfo(host=host, dbname="x")))

    assert ("verify-full", "system") == (parts["sslmode"], parts["sslrootcert"])


def test_a_named_certificate_authority_is_kept() -> None:
    parts = conninfo_to_dict(secured("host=db.example.com sslrootcert=/etc/rds.pem"))

    assert "/etc/rds.pem" == parts["sslrootcert"]


@pytest.mark.parametrize("mode", ["disable", "prefer", "require", "verify-ca"])
def test_less_than_verify_full_is_refused_over_a_network(mode: str) -> None:
    with pytest.raises(ConfigurationFault, match=f"sslmode={mode}"):
        secured(f"postgresql://db.example.com/x?sslmode={mode}")


def test_what_is_no_url_is_refused_without_repeating_it() -> None:
    with pytest.raises(ConfigurationFault, match="postgresql://user:password@host") as refused:
        secured("my secret password")

    assert "my secret" not in str(refused.value)
