"""What the schema, the migrations and the Python vocabulary must agree on."""

from datetime import UTC, datetime
from importlib.resources import files

import psycopg
import pytest
from psycopg.rows import tuple_row

from message_tracker.core.domain.errors import ConfigurationFault, MigrationFailed
from message_tracker.core.domain.message import Channel, GroupState, Kind, OnUnconfirmed
from message_tracker.core.domain.recipient_import import ImportState
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.domain.suppression import SuppressionReason
from message_tracker.core.store import migrations
from message_tracker.core.store.database import Database
from message_tracker.core.store.migrations import Migration, available, migrate, pending
from tests import postgres

NOW = datetime(2026, 11, 21, tzinfo=UTC)

# Everything the catalog knows of our objects, by name: columns, constraints, indexes, enums,
# functions, triggers and storage options.
CATALOG = """
SELECT 'column', c.relname::text, a.attname::text, format_type(a.atttypid, a.atttypmod),
       a.attnotnull::text, pg_get_expr(d.adbin, d.adrelid)
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
 WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'relation', relname::text, relkind::text, reloptions::text,
       pg_get_expr(relpartbound, oid), pg_get_partkeydef(oid)
  FROM pg_class WHERE relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname::text, pg_get_constraintdef(oid), NULL, NULL
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL
SELECT 'index', tablename::text, indexname::text, indexdef, NULL, NULL
  FROM pg_indexes WHERE schemaname = 'public'
UNION ALL
SELECT 'enum', enumtypid::regtype::text, enumlabel::text, enumsortorder::text, NULL, NULL
  FROM pg_enum
UNION ALL
SELECT 'function', proname::text, pg_get_functiondef(oid), NULL, NULL, NULL
  FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname::text, pg_get_triggerdef(oid), NULL, NULL
  FROM pg_trigger WHERE NOT tgisinternal
 ORDER BY 1, 2, 3, 4, 5, 6
"""


def catalog(url: str) -> list[tuple[str, ...]]:
    with psycopg.connect(url, row_factory=tuple_row) as connection:
        return [
            row
            for row in connection.execute(CATALOG).fetchall()
            if not any("schema_migration" in str(part) for part in row)
        ]


def test_the_schema_file_equals_the_sum_of_the_migrations(postgres_url: str) -> None:
    schema = files("message_tracker.core.store").joinpath("sql", "schema.sql").read_text("utf-8")

    with (
        postgres.fresh_database(postgres_url) as read,
        postgres.fresh_database(postgres_url) as ran,
    ):
        with psycopg.connect(read, autocommit=True) as connection:
            connection.execute(schema)
        with psycopg.connect(ran, autocommit=True) as connection:
            for migration in available():
                connection.execute(migration.sql)
        expected, actual = catalog(read), catalog(ran)

    assert expected == actual
    assert len(expected) > 100


@pytest.mark.parametrize(
    ("type_name", "values"),
    [
        ("message_status", [*MessageStatus]),
        ("channel", [*Channel]),
        ("message_kind", [*Kind]),
        ("on_unconfirmed", [*OnUnconfirmed]),
        ("group_state", [*GroupState]),
        ("import_state", [*ImportState]),
        ("suppression_reason", [*SuppressionReason]),
    ],
)
def test_a_postgres_enum_has_the_values_of_python_in_the_same_order(
    database: Database, type_name: str, values: list[str]
) -> None:
    query = f"SELECT enum_range(NULL::{type_name})::text[] AS labels"

    assert [{"labels": [str(value) for value in values]}] == database.fetch(query)


def test_migrating_twice_applies_each_file_once(postgres_url: str) -> None:
    with postgres.fresh_database(postgres_url) as url:
        database = Database(lambda: url)

        first, second = migrate(database, now=NOW), migrate(database, now=NOW)

        database.close()
    assert available() == first
    assert [] == second


def test_what_is_pending_is_told_without_a_change(postgres_url: str) -> None:
    with postgres.fresh_database(postgres_url) as url:
        database = Database(lambda: url)

        before = pending(database), pending(database)
        migrate(database, now=NOW)
        after = pending(database)

        database.close()
    assert (available(), available()) == before
    assert [] == after


def test_the_coming_months_have_their_partitions(database: Database) -> None:
    database.fetch("SELECT create_message_event_partitions('2031-11-30T23:00:00-05:00', 2)")

    rows = database.fetch(
        "SELECT relname::text AS name, pg_get_expr(relpartbound, oid) AS bound FROM pg_class"
        " WHERE relname LIKE 'message_event_203%' AND relkind = 'r' ORDER BY 1"
    )

    assert [
        {
            "name": "message_event_2031_12",
            "bound": "FOR VALUES FROM ('2031-12-01 00:00:00+00') TO ('2032-01-01 00:00:00+00')",
        },
        {
            "name": "message_event_2032_01",
            "bound": "FOR VALUES FROM ('2032-01-01 00:00:00+00') TO ('2032-02-01 00:00:00+00')",
        },
    ] == rows


def test_an_edited_migration_is_refused_and_named(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, *rest = available()
    edited = Migration(first.number, first.name, first.sql + "\n-- edited")
    monkeypatch.setattr(migrations, "available", lambda: [edited, *rest])

    with pytest.raises(ConfigurationFault, match=first.name):
        migrate(database, now=NOW)


def test_a_failing_migration_changes_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = Migration(9998, "9998_pre_add.sql", "CREATE TABLE added (id integer)")
    broken = Migration(9999, "9999_pre_break.sql", "SELECT 1 / 0")
    monkeypatch.setattr(migrations, "available", lambda: [*available(), added, broken])

    with pytest.raises(MigrationFailed):
        migrate(database, now=NOW)

    assert [{"missing": True}] == database.fetch("SELECT to_regclass('added') IS NULL AS missing")


def test_migrations_are_numbered_without_gaps_or_doubles() -> None:
    assert list(range(1, len(available()) + 1)) == [each.number for each in available()]
