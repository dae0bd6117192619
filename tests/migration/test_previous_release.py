"""The previous release's statements run on the present schema, while its functions still do.

A deployment migrates before it replaces the code. `tests/fixtures/releases` keeps what the released
code says to Postgres: the `.sql` files of its tag.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from message_tracker.core.store import migrations
from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import Migration, Phase, available, migrate
from message_tracker.core.store.queries import named
from tests import postgres
from tests.prepared import prepared

RELEASES = Path(__file__).parents[1] / "fixtures" / "releases"
PREVIOUS = max(
    (folder for folder in RELEASES.iterdir() if folder.is_dir()),
    key=lambda folder: [int(part) for part in folder.name.split(".")],
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
        rebuild = PREVIOUS / "scripts" / "begin_rebuild.sql"
        for file in sorted(PREVIOUS.glob("*.sql")):
            if file.name == "rebuild.sql":
                connection.execute(rebuild.read_bytes())
            for name, query in named(file.read_text("utf-8")).items():
                try:
                    connection.execute(f"PREPARE {name} AS {prepared(query)}".encode())
                except psycopg.Error as error:
                    faults[f"{file.stem}.{name}"] = str(error.diag.message_primary)
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
    assert sum(len(named(file.read_text("utf-8"))) for file in PREVIOUS.glob("*.sql")) > 100
