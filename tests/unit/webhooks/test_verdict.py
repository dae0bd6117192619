"""What follows from an endpoint's answer."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.webhooks.verdict import (
    MOST_ATTEMPTS,
    WAITS,
    Answer,
    Verdict,
    asked_wait,
    judge,
)

NOW = datetime(2030, 1, 31, 9, tzinfo=UTC)
ATTEMPTS = st.integers(1, MOST_ATTEMPTS)
FRACTIONS = st.floats(0, 1, exclude_max=True)


@given(st.integers(200, 299), ATTEMPTS, FRACTIONS)
def test_any_good_status_is_a_delivery(status: int, attempts: int, fraction: float) -> None:
    verdict = judge(Answer(status, 5), attempts, now=NOW, fraction=fraction)

    assert Verdict(is_delivered=True) == verdict


@given(
    st.none() | st.integers(100, 199) | st.integers(300, 599),
    st.integers(1, MOST_ATTEMPTS - 1),
    FRACTIONS,
)
def test_anything_else_is_tried_again_after_the_wait_give_or_take_a_quarter(
    status: int | None, attempts: int, fraction: float
) -> None:
    verdict = judge(Answer(status, 5), attempts, now=NOW, fraction=fraction)

    assert verdict.due_at is not None
    assert 0.75 <= (verdict.due_at - NOW) / WAITS[attempts - 1] <= 1.25


def test_the_last_failure_gives_up() -> None:
    verdict = judge(Answer(500, 5), MOST_ATTEMPTS, now=NOW, fraction=0.5)

    assert Verdict(is_delivered=False) == verdict


def test_the_tries_go_on_for_almost_two_days() -> None:
    assert timedelta(hours=46) < sum(WAITS, timedelta(0)) < timedelta(hours=48)
    assert sorted(WAITS) == list(WAITS)


def test_gone_wants_no_more_calls() -> None:
    assert judge(Answer(410, 5), 1, now=NOW, fraction=0.5).is_gone
    assert not judge(Answer(404, 5), 1, now=NOW, fraction=0.5).is_gone


def test_a_longer_wait_that_is_asked_for_is_kept() -> None:
    verdict = judge(Answer(503, 5, retry_after="120"), 1, now=NOW, fraction=0.5)

    assert NOW + timedelta(seconds=120) == verdict.due_at


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("90", 90),
        ("-5", 0),
        ("99999999999999999999", 86_400),
        ("Thu, 31 Jan 2030 09:05:00 GMT", 300),
        ("Thu, 31 Jan 2030 08:00:00 GMT", 0),
        ("Fri, 31 Jan 2031 09:00:00 GMT", 86_400),
        ("soon", 0),
        ("٣", 0),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_at_most_a_day(
    retry_after: str | None, seconds: int
) -> None:
    assert timedelta(seconds=seconds) == asked_wait(retry_after, now=NOW)


@given(st.text())
def test_no_retry_after_breaks_anything(text: str) -> None:
    assert timedelta(0) <= asked_wait(text, now=NOW) <= timedelta(hours=24)
