"""Figures and times as a person reads them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from message_tracker.core.domain.message import Channel
from message_tracker.failed_message_reporter import wording
from tests.reports import BERLIN, DAY, a_cause, a_report


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0%"), (0.0004, "<0.1%"), (0.042, "4.2%"), (0.37, "37%"), (1, "100%"), (1.5, "150%")],
)
def test_small_shares_are_told_more_exactly(share: float, shown: str) -> None:
    assert shown == wording.percent(share)


@pytest.mark.parametrize(("share", "width"), [(0.0001, 1), (0.5, 50), (1, 100)])
def test_a_bar_can_be_seen_and_fits(share: float, width: int) -> None:
    assert width == wording.bar_width(share)


@pytest.mark.parametrize(
    ("lasted", "shown"),
    [
        pytest.param(timedelta(), "Aug 31, 2026, 00:00", id="one moment"),
        pytest.param(timedelta(hours=2), "Aug 31, 2026, 00:00 to 02:00", id="one day"),
        pytest.param(
            timedelta(days=1), "Aug 31, 2026, 00:00 to Sep 1, 2026, 00:00", id="several days"
        ),
    ],
)
def test_the_time_of_a_cause_repeats_no_date(lasted: timedelta, shown: str) -> None:
    cause = replace(a_report(a_cause()).causes[0], first_at=DAY.start, last_at=DAY.start + lasted)

    assert shown == wording.when(cause, BERLIN)


def test_channels_have_plain_names() -> None:
    assert "e-mail and SMS" == wording.channels([Channel.EMAIL, Channel.TEXT])


def test_an_on_demand_report_is_called_so() -> None:
    assert "on-demand report" == wording.kind(replace(a_report().title, kind="on_demand"))
