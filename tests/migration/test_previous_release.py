"""The previous release's statements run on the present schema, while its functions still do.

A deployment migrates before it replaces the code. `tests/fixtures/releases` keeps what the released
code says to Postgres.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from message_tracker.core.store import migrations
from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import Migration, Phase, available, migrate
from message_tracker.core.store.queries import queries
from scripts.keep_statements import RELEASES, Statements, statements
from tests import postgres
from tests.prepared import prepared

PREVIOUS: Statements = json.loads(
    max(
        RELEASES.glob("*.json"), key=lambda file: [int(part) for part in file.stem.split(".")]
    ).read_text("utf-8")
)
REMOVAL = Migration(9999, "9999_pre_drop.sql", "ALTER TABLE suppression DROP COLUMN reason CASCADE")


@pytest.fixture
def upgraded(postgres_url: str) -> Iterator[str]:
    """A database that holds what is there before the new code takes traffic."""
    with postgres.fresh_database(postgres_url) as url:
        upgrade(url)
        yield url


def upgrade(url: str) -> None:
    database = Database(lambda: url)
    migrate(database, now=datetime.now(UTC), phases={Phase.PRE})
    database.close()


def refused(url: str) -> dict[str, str]:
    """Return the previous release's queries that Postgres cannot prepare, with its reason."""
    faults = {}
    with psycopg.connect(url, autocommit=True) as connection:
        for preparation in PREVIOUS["preparations"].values():
            connection.execute(preparation.encode())
        for aggregate, released in PREVIOUS["queries"].items():
            for name, query in released.items():
                try:
                    connection.execute(f"PREPARE {name} AS {prepared(query)}".encode())
                except psycopg.Error as error:
                    faults[f"{aggregate}.{name}"] = str(error.diag.message_primary)
    return faults


def test_every_statement_of_the_previous_release_can_be_prepared(upgraded: str) -> None:
    assert {} == refused(upgraded)


def test_a_migration_that_takes_something_away_too_early_is_noticed(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = available()
    monkeypatch.setattr(migrations, "available", lambda: [*known, REMOVAL])

    with postgres.fresh_database(postgres_url) as url:
        upgrade(url)
        faults = refused(url)

    assert any(query.startswith("suppressions.") for query in faults)


def test_the_statements_of_a_release_are_all_there() -> None:
    assert sum(map(len, PREVIOUS["queries"].values())) > 100


def test_a_release_keeps_every_statement_that_is_prepared() -> None:
    kept = statements()

    assert {"rebuild"} == kept["preparations"].keys() <= kept["queries"].keys()
    assert {name: dict(queries(name)) for name in kept["queries"]} == kept["queries"]
