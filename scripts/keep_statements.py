"""Keep what this version says to Postgres, for the versions after it to be tried with.

    python scripts/keep_statements.py

A deployment migrates before it replaces the code, so a release's statements must be right on the
next one's schema. They are kept in `tests/fixtures/releases/<version>.json`: the named queries by
their file, and by the same what has to be run before they can be prepared.
"""

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import TypedDict

from message_tracker.core.store.queries import named

ROOT = Path(__file__).resolve().parent.parent
RELEASES = ROOT / "tests" / "fixtures" / "releases"
_SQL = Path(str(files("message_tracker.core.store").joinpath("sql")))
_PREPARATIONS = {"rebuild": "begin_rebuild.sql"}  # it speaks to a schema of its own


class Statements(TypedDict):
    """What a release says to Postgres."""

    preparations: dict[str, str]
    queries: dict[str, dict[str, str]]


def statements() -> Statements:
    """Return the statements of this version."""
    return {
        "preparations": {
            name: (_SQL / "scripts" / script).read_text("utf-8")
            for name, script in _PREPARATIONS.items()
        },
        "queries": {
            file.stem: dict(named(file.read_text("utf-8")))
            for file in sorted(_SQL.glob("*.sql"))
            if file.name != "schema.sql"
        },
    }


def main() -> None:
    """Write the file of the version in `pyproject.toml`, and name it."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    file = RELEASES / f"{version}.json"
    file.write_text(json.dumps(statements(), indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
