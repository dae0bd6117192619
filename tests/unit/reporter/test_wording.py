"""Figures and times as a person reads them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.period import Period
from message_tracker.failed_message_reporter.page import headline
from message_tracker.failed_message_reporter.wording import bar_width
from tests.reports import BERLIN, DAY, ENGLISH, GERMAN, a_cause, a_report


@pytest.mark.parametrize(
    ("share", "shown", "german"),
    [
        (0, "0%", "0 %"),
        (0.0004, "<0.1%", "<0,1 %"),
        (0.042, "4.2%", "4,2 %"),
        (0.37, "37%", "37 %"),
        (1.5, "150%", "150 %"),
    ],
)
def test_small_shares_are_told_more_exactly(share: float, shown: str, german: str) -> None:
    assert (shown, german) == (ENGLISH.percent(share), GERMAN.percent(share))


@pytest.mark.parametrize(("share", "width"), [(0.0001, 1), (0.5, 50), (1, 100)])
def test_a_bar_can_be_seen_and_fits(share: float, width: int) -> None:
    assert width == bar_width(share)


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

    assert shown == ENGLISH.when(cause, BERLIN)


@pytest.mark.parametrize(
    ("now", "before", "shown"),
    [
        (97, 85, "12 more than in the period before (85)"),
        (1, 1_000, "999 fewer than in the period before (1,000)"),
        (5, 5, "as many as in the period before"),
        (5, 0, "new: none in the period before"),
        (0, 0, "as many as in the period before"),
    ],
)
def test_a_count_is_compared_with_the_one_before(now: int, before: int, shown: str) -> None:
    assert shown == ENGLISH.change(now, before)


def test_channels_have_plain_names() -> None:
    assert "e-mail and SMS" == ENGLISH.channels([Channel.EMAIL, Channel.TEXT])
    assert "E-Mail und SMS" == GERMAN.channels([Channel.EMAIL, Channel.TEXT])


def test_a_day_is_told_as_the_reader_writes_it() -> None:
    title = a_report().title

    assert "Monday, August 31, 2026 (Europe/Berlin)" == ENGLISH.period(title)
    assert "Montag, 31. August 2026 (Europe/Berlin)" == GERMAN.period(title)


def test_a_day_of_25_hours_is_a_day() -> None:
    day = Period(datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 10, 25, 23, tzinfo=UTC))

    assert "Sunday, October 25, 2026 (Europe/Berlin)" == ENGLISH.period(a_report(period=day).title)


@pytest.mark.parametrize(
    ("count", "accepted", "english", "german"),
    [
        (0, 12_340, "0 failures among 12,340 messages", "0 Fehlschläge bei 12.340 Nachrichten"),
        (1, 1, "1 failure among 1 message", "1 Fehlschlag bei 1 Nachricht"),
        (1_200, 0, "1,200 failures among 0 messages", "1.200 Fehlschläge bei 0 Nachrichten"),
    ],
)
def test_the_headline_counts_also_when_nothing_failed(
    count: int, accepted: int, english: str, german: str
) -> None:
    report = a_report(*[a_cause(count=count)] * (count > 0), accepted=accepted)

    assert (english, german) == (headline(report, ENGLISH), headline(report, GERMAN))
