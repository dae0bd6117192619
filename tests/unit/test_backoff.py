from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.backoff import (
    FIRST_CEILING,
    LAST_CEILING,
    ceiling,
    full_jitter,
)

failures = st.integers(min_value=1, max_value=10_000)
fractions = st.floats(min_value=0, max_value=1, exclude_max=True)


@given(failures, fractions)
def test_a_wait_lies_between_nothing_and_the_ceiling(count: int, fraction: float) -> None:
    wait = full_jitter(count, fraction)

    assert timedelta() <= wait <= ceiling(count) <= LAST_CEILING


@given(failures)
def test_the_ceiling_doubles_until_it_stays(count: int) -> None:
    assert ceiling(count + 1) == min(LAST_CEILING, 2 * ceiling(count))


def test_the_first_ceiling_is_half_a_minute() -> None:
    assert timedelta(seconds=30) == FIRST_CEILING == ceiling(1)
