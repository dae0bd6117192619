"""What adds runs before the new code, what removes runs after it."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from message_tracker.core.domain.errors import MigrationFailed
from message_tracker.core.store import migrations
from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import Migration, Phase, available, migrate, pending
from tests import postgres

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ADDS = Migration(9996, "9996_pre_add_shade.sql", "ALTER TABLE api_key ADD COLUMN shade text")
REMOVES = Migration(9997, "9997_post_drop_shade.sql", "ALTER TABLE api_key DROP COLUMN shade")
BREAKS = Migration(9999, "9999_post_break.sql", "SELECT 1 / 0")


@pytest.fixture
def further(monkeypatch: pytest.MonkeyPatch) -> list[Migration]:
    """The migrations of a release yet to come, after those there are."""
    found = [ADDS, REMOVES]
    known = available()
    monkeypatch.setattr(migrations, "available", lambda: [*known, *found])
    return found


@pytest.fixture
def connected(postgres_url: str) -> Iterator[Database]:
    """A database without a table, connected."""
    with postgres.fresh_database(postgres_url) as url:
        database = Database(lambda: url)
        yield database
        database.close()


def names(applied: Sequence[Migration]) -> list[str]:
    return [migration.name for migration in applied]


def test_a_phase_applies_its_own_migrations_alone(
    database: Database, further: list[Migration]
) -> None:
    before = migrate(database, now=NOW, phases={Phase.PRE})
    between = pending(database)
    after = migrate(database, now=NOW, phases={Phase.POST})

    assert [ADDS.name] == names(before)
    assert [REMOVES.name] == names(between)
    assert [REMOVES.name] == names(after)


def test_a_new_database_is_ready_for_the_code_after_the_first_phase(connected: Database) -> None:
    migrate(connected, now=NOW, phases={Phase.PRE})

    partitions = connected.fetch(
        "SELECT count(*) > 3 AS are_there FROM pg_inherits"
        " WHERE inhparent = 'message_event'::regclass"
    )

    assert [{"are_there": True}] == partitions


def test_every_migration_runs_after_all_that_add_and_none_that_remove(connected: Database) -> None:
    migrate(connected, now=NOW, phases={Phase.PRE})
    migrate(connected, now=NOW, phases={Phase.POST})

    assert [] == pending(connected)


@pytest.mark.usefixtures("further")
def test_a_failure_is_named_without_a_row_of_anybody(
    database: Database, further: list[Migration]
) -> None:
    database.fetch(
        "INSERT INTO suppression (channel, address, reason) VALUES ('email', 'a@b.test', 'MANUAL')"
    )
    further[:] = [
        Migration(
            9998, "9998_pre_forbid.sql", "ALTER TABLE suppression ADD CHECK (address = 'nobody')"
        )
    ]

    with pytest.raises(MigrationFailed, match=r"9998_pre_forbid.sql: 23514.*nothing was") as failed:
        migrate(database, now=NOW)

    assert "a@b.test" not in str(failed.value)


def test_a_failure_of_the_second_phase_leaves_the_first(
    database: Database, further: list[Migration]
) -> None:
    further.append(BREAKS)
    migrate(database, now=NOW, phases={Phase.PRE})

    with pytest.raises(MigrationFailed, match="DivisionByZero"):
        migrate(database, now=NOW, phases={Phase.POST})

    assert [REMOVES.name, BREAKS.name] == names(pending(database))
    assert [] == database.fetch("SELECT shade FROM api_key")


def test_a_migration_that_takes_too_long_is_canceled(
    database: Database, further: list[Migration]
) -> None:
    further[:] = [Migration(9998, "9998_pre_sleep.sql", "SELECT pg_sleep(30)")]

    with pytest.raises(MigrationFailed, match="57014: canceling statement due to statement timeou"):
        migrate(database, now=NOW, timeout=timedelta(seconds=0.2))


def test_the_previous_code_may_write_between_the_phases(
    database: Database, database_url: str, further: list[Migration]
) -> None:
    migrate(database, now=NOW, phases={Phase.PRE})

    with psycopg.connect(database_url) as old_code:
        old_code.execute("SELECT api_key_id FROM api_key")
        migrate(database, now=NOW, phases={Phase.PRE})

    assert [REMOVES.name] == names(pending(database))
