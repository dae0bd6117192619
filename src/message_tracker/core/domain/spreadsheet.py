"""Rows as CSV (RFC 4180) that a spreadsheet may open."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

# A cell that begins so is a formula to a spreadsheet, whoever wrote it. (OWASP, "CSV Injection")
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_of(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows, each on a line; no cell is a formula."""
    out = io.StringIO()
    csv.writer(out).writerows([_inert(cell) for cell in row] for row in rows)
    return out.getvalue()


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
