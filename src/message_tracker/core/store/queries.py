"""The named queries of `sql/*.sql`.

A file holds the queries of one aggregate, each under a line ``-- name: snake_case_name`` and,
below it, comments that say what it is for. Parameters are psycopg's ``%(name)s``, always with a
cast, so that every query can be prepared against the schema by itself.
"""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import LiteralString

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def queries(aggregate: str) -> Mapping[str, LiteralString]:
    """Return the queries of ``sql/<aggregate>.sql`` by name."""
    return named(files(__package__).joinpath("sql", f"{aggregate}.sql").read_text(encoding="utf-8"))


def named(text: str) -> Mapping[str, LiteralString]:
    """Return the queries of a file's text by name."""
    names = list(_NAME.finditer(text))
    ends = [match.start() for match in names[1:]] + [len(text)]
    return {
        match[1]: text[match.end() : end].strip() for match, end in zip(names, ends, strict=True)
    }
