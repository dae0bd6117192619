"""Every named query can be prepared against the schema, and is used exactly once."""

import re
from collections import Counter
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from message_tracker.core.store.queries import queries
from tests.prepared import prepared

SQL = files("message_tracker.core.store").joinpath("sql")
SOURCES = Path(str(files("message_tracker.core.store")))
AGGREGATES = sorted(
    file.name.removesuffix(".sql")
    for file in SQL.iterdir()
    if file.name.endswith(".sql") and file.name != "schema.sql"
)
NAMED = [(aggregate, name) for aggregate in AGGREGATES for name in queries(aggregate)]


@pytest.mark.parametrize(("aggregate", "name"), NAMED, ids=str)
def test_a_query_can_be_prepared_against_the_schema(
    database_url: str, aggregate: str, name: str
) -> None:
    query = queries(aggregate)[name]

    with psycopg.connect(database_url, autocommit=True) as connection:
        if aggregate == "rebuild":
            connection.execute(SQL.joinpath("scripts", "begin_rebuild.sql").read_text("utf-8"))
        connection.execute(f"PREPARE tried AS {prepared(query)}".encode())


def test_every_query_is_used_exactly_once() -> None:
    text = "\n".join(path.read_text("utf-8") for path in SOURCES.glob("*.py"))
    uses = Counter(re.findall(r'\["(\w+)"\]', text))

    assert {name: 1 for _, name in NAMED} == {name: uses[name] for _, name in NAMED}


def test_query_names_are_unique_over_all_files() -> None:
    counts = Counter(name for _, name in NAMED)

    assert [] == [name for name, count in counts.items() if count > 1]
