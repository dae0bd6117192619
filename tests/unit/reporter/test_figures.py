"""A day's figures in words: short, and in the reader's language."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from message_tracker.core.domain.daily import Analysed, DayLine, period_of
from message_tracker.core.domain.report import ReportTitle
from message_tracker.failed_message_reporter.analytics.figures import (
    MOST_ROWS,
    TOLD,
    Day,
    figures_of,
)
from message_tracker.failed_message_reporter.wording import Wording
from tests.reports import ENGLISH, GERMAN

TITLE = ReportTitle(
    "prod", "daily", period_of(date(2026, 9, 1)), ZoneInfo("UTC"), datetime(2026, 9, 2, tzinfo=UTC)
)
LINE = DayLine(
    day=date(2026, 9, 1),
    label="email",
    accepted=1_000,
    waiting=0,
    not_sent=0,
    sent=1_000,
    delivered=990,
    delayed=0,
    bounced_permanent=10,
    bounced_transient=0,
    bounced_otherwise=0,
    complained=0,
    opened=495,
    clicked=0,
    unsubscribed=0,
    segments=0,
    price=None,
    carrier_fee=None,
    p50=2.0,
    p95=8.0,
)


def rows(
    lines: Sequence[DayLine], by: Analysed = Analysed.REPORT_TYPE, wording: Wording = ENGLISH
) -> list[tuple[str, ...]]:
    """Return the rows of one table of a day that has only these lines."""
    told: dict[Analysed, Sequence[DayLine]] = {each: [] for each in TOLD}
    day = Day(TITLE, told | {by: lines}, 0)
    [table] = figures_of(day, wording).tables
    return list(table.rows)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.4, "0 s"),
        (89.0, "89 s"),
        (120.0, "2 min"),
        (5_300.0, "88 min"),
        (7_200.0, "2 h"),
        (None, "\N{EN DASH}"),
    ],
)
def test_a_time_is_told_in_the_unit_that_fits(seconds: float | None, told: str) -> None:
    assert told == rows([replace(LINE, p50=seconds)])[0][-1]


@pytest.mark.parametrize(
    ("label", "wording", "told"),
    [
        ("", ENGLISH, "without"),
        ("other", ENGLISH, "others"),
        ("", GERMAN, "ohne"),
        ("receipt", GERMAN, "receipt"),
    ],
)
def test_a_label_is_told_in_words(label: str, wording: Wording, told: str) -> None:
    assert told == rows([replace(LINE, label=label)], wording=wording)[0][0]


def test_a_channel_is_told_by_its_name() -> None:
    assert "e-mail" == rows([LINE], Analysed.CHANNEL)[0][0]


def test_shares_are_of_what_was_sent_or_delivered() -> None:
    assert ("1,000", "99%", "1.0%", "50%") == rows([LINE])[0][1:5]


def test_nothing_is_a_share_of_nothing() -> None:
    idle = replace(LINE, sent=0, delivered=0, bounced_permanent=0, opened=0)

    assert ("\N{EN DASH}",) * 3 == rows([idle])[0][2:5]


def test_only_the_commonest_labels_are_told() -> None:
    lines = [replace(LINE, label=str(number)) for number in range(MOST_ROWS + 1)]

    assert MOST_ROWS == len(rows(lines))
