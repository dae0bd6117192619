"""A whole fleet in virtual time, by the product's own code: its promises, whatever goes wrong.

The promise: in any interval t, less than r (t + G + 2 delta) + c_max units are sent, where G is the
grace and delta the largest error of a clock. `excess` is what is above r t.
"""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.send_measures import excess, most_in_a_second, units_between
from benchmarks.slot_simulation import Fleet
from benchmarks.virtual_dynamodb import Weather
from benchmarks.virtual_time import EPOCH
from message_tracker.core.domain.pace import GRACE, RateMode, pace_of
from message_tracker.core.domain.rate import RateSetting

RATE = 45_000
SIZES = (1, 1, 1, 1, 1, 2, 2, 3, 5, 10)
LARGEST = max(SIZES)
ROUNDING = 1e-3  # units; slots are whole µs
BOUND = RATE * GRACE / 1e9 + LARGEST + ROUNDING
SECOND = 1_000_000

probabilities = st.sampled_from([0.0, 0.02, 0.1, 0.3])
weathers = st.builds(
    Weather,
    lost_request=probabilities,
    lost_answer=probabilities,
    doubled=probabilities,
    throttled=probabilities,
    crash=probabilities,
    starved=probabilities,
    slow=st.sampled_from([1_000, 10_000, 120_000]),
)
seeds = st.integers(0, 2**32)


def a_fleet(
    workers: int, *, seconds: float, weather: Weather | None = None, seed: int = 1
) -> Fleet:
    return Fleet(RATE, SIZES, workers, seed, weather=weather or Weather(), seconds=seconds)


def utilization(fleet: Fleet, since: float) -> float:
    span = fleet.seconds - since
    return units_between(fleet.sends, since, fleet.seconds) * 1000 / (fleet.rate * span)


def between(fleet: Fleet, first: float, last: float) -> list[tuple[int, int]]:
    begin, end = (EPOCH + second * SECOND for second in (first, last))
    return [(at, units) for at, units in fleet.sends if begin <= at < end]


@settings(max_examples=150)
@given(
    workers=st.integers(1, 8),
    seed=seeds,
    batch=st.sampled_from([1, 10, 50]),
    sizes=st.sampled_from([(1,), SIZES, (10,), (7, 1)]),
    weather=weathers,
    rate=st.sampled_from([45_000, 14_000, 1_500]),
)
def test_no_interval_carries_more_than_the_rate_the_grace_and_one_message_allow(
    workers: int, seed: int, batch: int, sizes: tuple[int, ...], weather: Weather, rate: int
) -> None:
    fleet = Fleet(rate, sizes, workers, seed, batch, weather).run()

    assert excess(fleet.sends, rate) < rate * GRACE / 1e9 + max(sizes) + ROUNDING


@settings(max_examples=100)
@given(workers=st.integers(2, 8), seed=seeds, weather=weathers, mode=st.sampled_from(RateMode))
def test_no_stretch_of_the_timeline_is_ever_sold_twice(
    workers: int, seed: int, weather: Weather, mode: RateMode
) -> None:
    fleet = Fleet(RATE, SIZES, workers, seed, weather=weather, pace=pace_of(mode, 10)).run()

    leases = sorted(fleet.leases, key=lambda lease: lease.start)
    assert all(earlier.end <= later.start for earlier, later in pairwise(leases))


@settings(max_examples=100)
@given(
    workers=st.integers(1, 8),
    seed=seeds,
    sizes=st.sampled_from([(1,), SIZES, (10,), (11, 1), (30, 2)]),
    weather=weathers,
)
def test_a_strict_fleet_never_sends_more_than_the_rate_in_any_second(
    workers: int, seed: int, sizes: tuple[int, ...], weather: Weather
) -> None:
    pace = pace_of(RateMode.STRICT, LARGEST)
    fleet = Fleet(RATE, sizes, workers, seed, weather=weather, pace=pace).run()

    assert most_in_a_second(fleet.sends) <= RATE // 1000


@pytest.mark.parametrize("workers", [2, 5, 10, 50])
def test_a_strict_fleet_keeps_the_provider_s_seconds_and_three_quarters_of_the_rate(
    workers: int,
) -> None:
    pace = pace_of(RateMode.STRICT, LARGEST)
    fleet = Fleet(RATE, SIZES, workers, seed=1, seconds=125, pace=pace).run()

    assert most_in_a_second(fleet.arrivals) <= RATE // 1000
    assert utilization(fleet, 5) >= 0.745


def test_a_run_is_the_same_every_time() -> None:
    one, other = (a_fleet(5, seconds=10, weather=Weather(lost_answer=0.1)).run() for _ in range(2))

    assert one.sends == other.sends


@pytest.mark.parametrize("workers", [2, 5, 10, 50])
def test_a_fleet_with_a_backlog_is_never_idle_and_writes_once_a_lease(workers: int) -> None:
    fleet = a_fleet(workers, seconds=185).run()

    assert utilization(fleet, 5) >= 0.995
    assert excess(fleet.sends, RATE) <= 11
    assert fleet.item.failed_writes <= 0.01 * fleet.item.writes
    assert fleet.item.writes <= 1.05 * len(fleet.leases) + workers
    assert fleet.item.reads <= len(fleet.leases) + 3 * workers


@pytest.mark.parametrize("workers", [2, 50])
def test_ten_thousand_messages_drain_in_their_ideal_time_once_each(workers: int) -> None:
    fleet = Fleet(RATE, SIZES, workers, seed=1, backlog=10_000, seconds=800).run()

    ideal = sum(units for _, units in fleet.sends) / 45
    assert len(fleet.sends) == 10_000
    assert fleet.sends[-1][0] - EPOCH <= 1.005 * ideal * SECOND


@pytest.mark.parametrize("workers", [2, 10])
def test_long_messages_wait_no_longer_than_short_ones(workers: int) -> None:
    fleet = a_fleet(workers, seconds=300).run()

    long, short = (sorted(wait for wait, units in fleet.waits if units == n) for n in (10, 1))
    assert long[int(0.99 * len(long))] <= 1.3 * short[int(0.99 * len(short))]


@pytest.mark.parametrize("workers", [2, 10, 50])
def test_transactional_messages_overtake_a_campaign(workers: int) -> None:
    fleet = Fleet(RATE, SIZES, workers, seed=1, urgent=1, seconds=200).run()

    waits = sorted(fleet.urgent_waits)
    assert waits[int(0.99 * len(waits))] <= 2 * SECOND
    assert utilization(fleet, 5) >= 0.995
    assert excess(fleet.sends, RATE) < BOUND


@pytest.mark.parametrize("offset", [5_000, 50_000])
@pytest.mark.parametrize("workers", [2, 10, 50])
def test_clocks_that_are_off_cost_twice_their_error(workers: int, offset: int) -> None:
    fleet = skewed(a_fleet(workers, seconds=60), offset)

    assert excess(fleet.sends, RATE) < BOUND + 2 * offset * RATE / 1e9


def test_without_answers_to_learn_from_the_bound_is_that_of_the_clocks() -> None:
    fleet = a_fleet(10, seconds=60)
    fleet.is_guarded = False

    skewed(fleet, 500_000)

    assert BOUND < excess(fleet.sends, RATE) < BOUND + 45


@pytest.mark.parametrize("workers", [2, 10, 50])
def test_clocks_that_are_half_a_second_off_are_found_out(workers: int) -> None:
    fleet = skewed(a_fleet(workers, seconds=60 + 4 * workers), 500_000)

    assert excess(fleet.sends, RATE) < BOUND + 45
    assert excess(between(fleet, 10 + 3 * workers, fleet.seconds), RATE) < 22


def skewed(fleet: Fleet, offset: int) -> Fleet:
    """Let half the clocks be ahead, and half behind."""
    for number, machine in enumerate(fleet.machines):
        machine.offset = offset if number % 2 else -offset
    return fleet.run()


def test_a_clock_that_is_set_back_in_the_midst_of_a_lease_sends_nothing_late() -> None:
    fleet = a_fleet(4, seconds=60)
    for number in range(1, 12):
        fleet.at(5 * number + 0.3, lambda n=number: set_back(fleet, n % 4))  # type: ignore[misc] # a bound default

    fleet.run()

    assert excess(fleet.sends, RATE) < BOUND
    assert utilization(fleet, 5) >= 0.99


def set_back(fleet: Fleet, number: int) -> None:
    fleet.machines[number].offset -= 5 * SECOND


def test_a_frozen_sender_forfeits_its_slots() -> None:
    fleet = a_fleet(4, seconds=60)
    for number in range(1, 12):
        fleet.at(5 * number + 0.3, lambda n=number: fleet.machines[n % 4].freeze(5 * SECOND))  # type: ignore[misc] # a bound default

    fleet.run()

    assert excess(fleet.sends, RATE) < BOUND
    assert utilization(fleet, 5) >= 0.9


@pytest.mark.parametrize(
    ("weather", "workers", "least"),
    [
        pytest.param(Weather(throttled=0.3), 10, 0.99, id="throttled"),
        pytest.param(Weather(throttled=0.3), 50, 0.99, id="throttled-many"),
        pytest.param(Weather(lost_request=0.02, lost_answer=0.02), 10, 0.97, id="lossy"),
        pytest.param(Weather(lost_answer=0.1), 2, 0.9, id="answers-lost"),
        pytest.param(Weather(lost_answer=0.1), 50, 0.9, id="answers-lost-many"),
        pytest.param(Weather(crash=0.05), 2, 0.88, id="crashes"),
        pytest.param(Weather(crash=0.2), 2, 0.7, id="many-crashes"),
        pytest.param(Weather(median=60_000), 10, 0.99, id="slow-dynamodb"),
    ],
)
def test_faults_cost_capacity_and_nothing_else(
    weather: Weather, workers: int, least: float
) -> None:
    fleet = a_fleet(workers, seconds=120, weather=weather).run()

    assert excess(fleet.sends, RATE) < BOUND
    assert utilization(fleet, 40) >= least


@pytest.mark.parametrize("workers", [10, 50])
def test_senders_that_cannot_keep_their_slots_never_burst(workers: int) -> None:
    fleet = Fleet(RATE, SIZES, workers, seed=1, connections=1, api=400_000, seconds=120).run()

    assert excess(fleet.sends, RATE) < BOUND
    assert utilization(fleet, 40) >= 0.45


def test_a_huge_message_bursts_by_its_own_size_and_starves_nobody() -> None:
    fleet = Fleet(RATE, (*SIZES, 100), 5, seed=1, seconds=120).run()

    assert excess(fleet.sends, RATE) <= 100 + RATE * GRACE / 1e9
    assert {units for _, units in fleet.sends} == {*SIZES, 100}
    assert utilization(fleet, 5) >= 0.95


def test_no_burst_is_saved_up_while_there_is_nothing_to_send() -> None:
    fleet = a_fleet(5, seconds=100)
    fleet.idle = (10, 70)

    fleet.run()

    assert most_in_a_second(between(fleet, 69, fleet.seconds)) <= 45 + BOUND
    assert excess(between(fleet, 69, fleet.seconds), RATE) < BOUND


@given(seed=seeds)
@settings(max_examples=20)
def test_nobody_bursts_when_the_timeline_is_lost_and_made_anew(seed: int) -> None:
    fleet = a_fleet(10, seconds=15, seed=seed)
    fleet.lose_item(6)

    fleet.run()

    assert excess(fleet.sends, RATE) < BOUND
    assert fleet.sends[-1][0] > EPOCH + 14 * SECOND


@pytest.mark.parametrize("workers", [2, 10, 50])
def test_a_new_rate_is_obeyed_by_all_within_a_second_and_a_quarter(workers: int) -> None:
    fleet = a_fleet(workers, seconds=90)
    fleet.change_rate(30, lambda setting: setting.set_by_hand(20_000))
    fleet.change_rate(60, lambda setting: setting.set_by_hand(60_000))

    fleet.run()

    assert excess(between(fleet, 0, 60), RATE) < BOUND
    assert excess(between(fleet, 31.3, 60), 20_000) < BOUND
    assert excess(between(fleet, 31.3, 90), 60_000) < BOUND + 2
    assert units_between(fleet.sends, 32, 60) / 28 == pytest.approx(20, rel=0.03)
    assert units_between(fleet.sends, 62, 90) / 28 == pytest.approx(60, rel=0.03)


def test_a_provider_that_cuts_the_quota_to_one_a_second_is_obeyed() -> None:
    fleet = Fleet(14_000, (1,), 4, seed=1, batch=14, seconds=60)
    fleet.change_rate(20, lambda setting: setting.set_by_hand(1_000))

    fleet.run()

    assert excess(between(fleet, 21.7, fleet.seconds), 1_000) < 1.2
    assert units_between(fleet.sends, 25, 60) >= 33


@settings(max_examples=30)
@given(workers=st.sampled_from([2, 10, 50]), seed=seeds)
def test_a_pause_stops_all_within_a_lease_and_a_resume_starts_them_within_one(
    workers: int, seed: int
) -> None:
    fleet = a_fleet(workers, seconds=45, seed=seed)
    fleet.change_rate(20, RateSetting.pause)
    fleet.change_rate(40, RateSetting.resume)

    fleet.run()

    assert units_between(fleet.sends, 21.2, 40) == 0
    assert units_between(fleet.sends, 40, 41) > 0
    assert excess(fleet.sends, RATE) < BOUND


def test_who_has_too_little_time_left_buys_nothing_it_cannot_use() -> None:
    fleet = a_fleet(10, seconds=30)
    fleet.remaining = 2 * SECOND

    fleet.run()

    assert fleet.returned > 0
    assert utilization(fleet, 5) >= 0.99
    assert excess(fleet.sends, RATE) < BOUND


def test_without_the_limiter_nothing_is_sent() -> None:
    fleet = a_fleet(10, seconds=60)
    fleet.at(20, lambda: setattr(fleet.item, "is_down", True))
    fleet.at(40, lambda: setattr(fleet.item, "is_down", False))

    fleet.run()

    assert units_between(fleet.sends, 30, 40) == 0
    assert fleet.refused > 0
    assert units_between(fleet.sends, 45, 60) / 15 == pytest.approx(45, rel=0.02)
    assert excess(fleet.sends, RATE) < BOUND
