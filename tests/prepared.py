"""A named query as PostgreSQL's own PREPARE takes it."""

import re

_PARAMETER = re.compile(r"%\((\w+)\)s")


def prepared(query: str) -> str:
    """Return the query with PostgreSQL's own numbered parameters."""
    numbers: dict[str, int] = {}
    text = _PARAMETER.sub(lambda match: f"${numbers.setdefault(match[1], len(numbers) + 1)}", query)
    return text.replace("%%", "%")
