from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.pace import PACED, Pace, RateMode, cost, pace_of

RATE = 45_000
SECOND = 1_000_000

rates = st.integers(1, 10_000_000)
sizes = st.lists(st.integers(1, 11), min_size=1, max_size=50)
paces = st.builds(pace_of, st.sampled_from(RateMode), st.integers(1, 12))


@given(units=st.integers(1, 10_000), rate=rates)
def test_a_stretch_never_costs_less_than_its_units_take(units: int, rate: int) -> None:
    microseconds = cost(units, rate)

    assert 0 <= microseconds * rate - units * 1_000_000_000 < rate


@given(sizes, rates)
def test_paced_messages_follow_one_another_and_end_with_the_lease(
    sizes: list[int], rate: int
) -> None:
    plan = PACED.plan(sizes, rate)

    assert 0 == plan.offsets[0]
    assert list(plan.offsets) == sorted(plan.offsets)
    assert plan.cost == cost(sum(sizes), rate)
    assert plan.cost - 1 <= plan.offsets[-1] + cost(sizes[-1], rate) <= plan.cost + 1


@given(sizes, rates, paces)
def test_no_pace_sells_more_than_the_rate(sizes: list[int], rate: int, pace: Pace) -> None:
    plan = pace.plan(sizes, rate)

    assert plan.cost >= cost(sum(sizes), rate)
    assert list(plan.offsets) == sorted(plan.offsets)
    assert all(0 <= offset <= plan.cost for offset in plan.offsets)


@given(
    leases=st.lists(sizes, min_size=1, max_size=8),
    largest=st.integers(1, 12),
    rate=st.integers(11_000, 60_000),
    delays=st.lists(st.integers(0, 59_999), min_size=400, max_size=400),
)
def test_strict_leases_never_put_more_than_the_rate_into_one_second_at_the_provider(
    leases: list[list[int]], largest: int, rate: int, delays: list[int]
) -> None:
    pace = pace_of(RateMode.STRICT, largest)
    start, arrivals = 0, []
    for lease in leases:
        plan = pace.plan(lease, rate)
        arrivals += [(start + at, size) for at, size in zip(plan.offsets, lease, strict=True)]
        start += plan.cost

    late = [(at + delay, size) for (at, size), delay in zip(arrivals, delays, strict=False)]

    assert most_in_a_second(late) <= rate // 1000


def most_in_a_second(arrivals: Sequence[tuple[int, int]]) -> int:
    return max(
        sum(size for at, size in arrivals if first <= at < first + SECOND) for first, _ in arrivals
    )


@pytest.mark.parametrize(
    ("largest", "share"), [pytest.param(1, 0.94, id="single"), pytest.param(10, 0.75, id="long")]
)
def test_strict_gives_up_no_more_than_indivisible_messages_cost(largest: int, share: float) -> None:
    assert share <= pace_of(RateMode.STRICT, largest).sold_rate(RATE) / RATE <= share + 0.01


@pytest.mark.parametrize("rate", [1, 500, 1_000, 1_999])
def test_strict_sells_something_of_the_lowest_rate(rate: int) -> None:
    assert 1 <= pace_of(RateMode.STRICT, 10).sold_rate(rate) <= rate
