"""Lines of daily analytics as a table: for a spreadsheet, or a terminal."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

from message_tracker.core.domain.daily import Analysed, DayLine
from message_tracker.core.domain.spreadsheet import csv_of

_FIELDS: Final = tuple(field.name for field in fields(DayLine))
_RATES: Final = (
    "delivery_rate",
    "bounce_rate",
    "complaint_rate",
    "open_rate",
    "click_rate",
    "unsubscribe_rate",
)

_WHOLE: Final = 1_000  # from which on fractions say nothing


def columns(by: Analysed) -> list[str]:
    """Return the names of the columns; that of the label is what is counted by."""
    return [by if name == "label" else name for name in (*_FIELDS, *_RATES)]


def cells(line: DayLine) -> list[str]:
    """Return a line's values as text; what is not known is empty."""
    rates = line.rates()
    values = [getattr(line, name) for name in _FIELDS] + [rates[name] for name in _RATES]
    return ["" if value is None else _text(value) for value in values]


def sheet(by: Analysed, lines: Sequence[DayLine], *, has_head: bool) -> str:
    """Return the lines as CSV, below their columns' names if they are the first of a file."""
    head = [columns(by)] if has_head else []
    return csv_of([*head, *(cells(line) for line in lines)])


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.0f}" if value >= _WHOLE else f"{value:.4g}"
    return str(value)
