"""What documents and code must agree on."""

import re
from pathlib import Path

from message_tracker.core.domain import errors
from message_tracker.core.domain.status import MessageStatus

ROOT = Path(__file__).parents[2]


def test_the_status_page_lists_the_statuses_of_the_code_in_order() -> None:
    page = (ROOT / "docs" / "statuses.md").read_text("utf-8")

    listed = re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)

    assert [status.value for status in MessageStatus] == listed


def test_the_tree_in_the_errors_docstring_names_every_error_class() -> None:
    drawn = re.findall(r"^ *[*x-] (\w+)", errors.__doc__ or "", re.MULTILINE)
    defined = [name for name, value in vars(errors).items() if isinstance(value, type)]

    assert sorted(defined) == sorted(drawn)


def test_every_error_stands_under_the_parent_the_tree_shows() -> None:
    parents: dict[int, type] = {}
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"^( *)[*x-] (\w+)", line):
            depth, error = len(match[1]), getattr(errors, match[2])
            above = [parents[d] for d in sorted(parents) if d < depth]
            assert error.__mro__[1] is (above[-1] if above else Exception)
            parents = {d: p for d, p in parents.items() if d < depth} | {depth: error}
