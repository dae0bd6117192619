"""Periods follow the clock of their time zone, without a gap or an overlap."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.period import (
    MOST_PERIODS,
    Period,
    Schedule,
    due_periods,
    period_before,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
# Half and quarter hours, a change of half an hour, changes at midnight.
ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Africa/Cairo",
    "America/Havana",
]

instants = st.timedeltas(timedelta(), timedelta(days=20 * 365)).map(
    lambda passed: datetime(2015, 1, 1, tzinfo=UTC) + passed
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
schedules = st.sampled_from(Schedule)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "schedule", "zone", "start", "end"),
    [
        pytest.param(
            "2026-09-01T05:00", Schedule.DAILY, BERLIN, "2026-08-30T22:00", "2026-08-31T22:00",
            id="a summer day",
        ),
        pytest.param(
            "2026-03-30T05:00", Schedule.DAILY, BERLIN, "2026-03-28T23:00", "2026-03-29T22:00",
            id="Berlin's day of 23 hours",
        ),
        pytest.param(
            "2026-10-26T06:00", Schedule.DAILY, BERLIN, "2026-10-24T22:00", "2026-10-25T23:00",
            id="Berlin's day of 25 hours",
        ),
        pytest.param(
            "2026-03-09T12:00", Schedule.DAILY, NEW_YORK, "2026-03-08T05:00", "2026-03-09T04:00",
            id="New York's day of 23 hours",
        ),
        pytest.param(
            "2026-11-02T12:00", Schedule.DAILY, NEW_YORK, "2026-11-01T04:00", "2026-11-02T05:00",
            id="New York's day of 25 hours",
        ),
        pytest.param(
            "2026-03-30T05:00", Schedule.WEEKLY, BERLIN, "2026-03-22T23:00", "2026-03-29T22:00",
            id="a week that is an hour short",
        ),
        pytest.param(
            "2026-10-25T01:30", Schedule.HOURLY, BERLIN, "2026-10-25T00:00", "2026-10-25T01:00",
            id="the first of two hours from two to three",
        ),
        pytest.param(
            "2026-10-25T02:30", Schedule.HOURLY, BERLIN, "2026-10-25T01:00", "2026-10-25T02:00",
            id="the second of two hours from two to three",
        ),
        pytest.param(
            "2026-03-29T01:30", Schedule.HOURLY, BERLIN, "2026-03-29T00:00", "2026-03-29T01:00",
            id="the hour before the one that is missing",
        ),
        pytest.param(
            "2026-04-25T12:00", Schedule.DAILY, ZoneInfo("Africa/Cairo"),
            "2026-04-23T22:00", "2026-04-24T21:00",
            id="Cairo's day without a midnight",
        ),
        pytest.param(
            "2026-08-31T22:00", Schedule.DAILY, BERLIN, "2026-08-30T22:00", "2026-08-31T22:00",
            id="a day is over when the next begins",
        ),
    ],
)  # fmt: skip
def test_a_period_goes_by_the_clock_of_its_zone(
    now: str, schedule: Schedule, zone: ZoneInfo, start: str, end: str
) -> None:
    assert Period(utc(start), utc(end)) == period_before(utc(now), schedule, zone)


@given(instants, schedules, zones)
def test_the_last_period_is_over_and_the_present_one_is_not(
    now: datetime, schedule: Schedule, zone: ZoneInfo
) -> None:
    period = period_before(now, schedule, zone)

    longest = {Schedule.HOURLY: 2, Schedule.DAILY: 25, Schedule.WEEKLY: 7 * 24 + 1}[schedule]
    assert period.end <= now < period.end + timedelta(hours=longest)
    assert timedelta() < period.end - period.start <= timedelta(hours=longest)


@given(instants, st.timedeltas(timedelta(), timedelta(days=60)), schedules, zones)
def test_due_periods_leave_nothing_out_and_tell_nothing_twice(
    last_end: datetime, passed: timedelta, schedule: Schedule, zone: ZoneInfo
) -> None:
    now = last_end + passed

    periods = due_periods(last_end, now, schedule, zone)

    assert len(periods) <= MOST_PERIODS
    assert all(one.end == other.start for one, other in pairwise(periods))
    if periods:
        assert periods[0].start == last_end
        assert periods[-1].end == period_before(now, schedule, zone).end
    else:
        assert period_before(now, schedule, zone).end <= last_end


def test_without_an_earlier_report_only_the_last_period_is_due() -> None:
    now = utc("2026-09-01T05:00")

    periods = due_periods(None, now, Schedule.DAILY, BERLIN)

    assert [period_before(now, Schedule.DAILY, BERLIN)] == periods


def test_skipped_periods_are_caught_up_each_by_itself() -> None:
    periods = due_periods(utc("2026-08-29T22:00"), utc("2026-09-01T05:00"), Schedule.DAILY, BERLIN)

    days = [utc(f"2026-08-{day}T22:00") for day in (29, 30, 31)]
    assert [Period(one, other) for one, other in pairwise(days)] == periods


def test_after_a_long_silence_the_first_period_tells_of_all_that_was_missed() -> None:
    periods = due_periods(utc("2026-08-01T22:00"), utc("2026-09-01T05:00"), Schedule.DAILY, BERLIN)

    assert MOST_PERIODS == len(periods)
    assert Period(utc("2026-08-01T22:00"), utc("2026-08-25T22:00")) == periods[0]


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param(utc("2026-09-01"), utc("2026-09-01"), id="empty"),
        pytest.param(utc("2026-09-02"), utc("2026-09-01"), id="backwards"),
        pytest.param(utc("2026-09-01").replace(tzinfo=None), utc("2026-09-02"), id="naive"),
    ],
)
def test_what_is_no_period_is_refused(start: datetime, end: datetime) -> None:
    with pytest.raises(ValueError, match="period's"):
        Period(start, end)


def test_a_period_is_in_utc_wherever_its_bounds_come_from() -> None:
    start, end = datetime(2026, 9, 1, tzinfo=BERLIN), datetime(2026, 9, 2, tzinfo=BERLIN)

    period = Period(start, end)

    assert (utc("2026-08-31T22:00"), UTC) == (period.start, period.start.tzinfo)
