"""The example campaign: the rows of `examples/campaign.csv`, said in each recipient's language."""

import csv
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from message_tracker.core.domain.simulators import is_simulator

REFUSED = "refused"
"""What a row expects that the API should not take."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the campaign: whom to tell what, and how it should end."""

    to: str
    name: str
    language: str
    note: str
    expected: str

    @property
    def is_simulated(self) -> bool:
        """Whether AWS documents this very recipient's outcome."""
        return is_simulator(self.to)


@dataclass(frozen=True, slots=True)
class Request:
    """One `POST /send`: the rows of one language, and the body that sends them."""

    rows: Sequence[Row]
    body: Mapping[str, Any]


def read_rows(path: Path) -> list[Row]:
    """Return the campaign's rows in the file's order."""
    with path.open(newline="", encoding="utf-8") as file:
        return [Row(**row) for row in csv.DictReader(file)]


def requests(rows: Sequence[Row], templates: Path, group: str) -> Iterator[Request]:
    """Yield one request per language, all of one group."""
    texts = tomllib.loads(templates.read_text("utf-8"))
    for language in dict.fromkeys(row.language for row in rows):
        spoken = [row for row in rows if row.language == language]
        yield Request(spoken, _body(spoken, texts[language], group))


def _body(rows: Sequence[Row], template: Mapping[str, str], group: str) -> dict[str, Any]:
    return {
        "group": group,
        "subject": template["subject"],
        "html": template["html"],
        "text": template["text"],
        "kind": "marketing",
        "report_type": "demo",
        "partial": True,  # a few rows are bad on purpose
        "to": [{"to": row.to, "data": {"name": row.name, "note": row.note}} for row in rows],
    }
