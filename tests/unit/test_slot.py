from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from message_tracker.core.domain.errors import Throttled
from message_tracker.core.domain.slot import (
    CREATION_GUARD,
    GRACE,
    Bid,
    Lease,
    Path,
    Purchase,
    Timeline,
    cost,
    is_late,
    opening,
)
from tests.slot_simulation import EPOCH, Fleet, Item, Weather, excess, meets

RATE = 45_000
NOW = EPOCH
ROUNDING = 1e-3  # units; slots are whole µs

rates = st.integers(1, 10_000_000)
sizes = st.lists(st.integers(1, 10), min_size=1, max_size=50)
probabilities = st.sampled_from([0.0, 0.02, 0.1, 0.3])
weathers = st.builds(
    Weather,
    lost_request=probabilities,
    lost_answer=probabilities,
    doubled=probabilities,
    crash=probabilities,
    starved=probabilities,
    slow=st.sampled_from([1_000, 10_000, 120_000]),
)


def a_timeline(
    *, sold_until: int = NOW, rate: int = RATE, generation: int = 7, reservation: str = "other"
) -> Timeline:
    return Timeline(sold_until, rate, generation, reservation)


def a_bid(purchase: Purchase, now: int = NOW) -> Bid:
    bid = purchase.bid(now)
    assert bid is not None
    return bid


@given(units=st.integers(1, 10_000), rate=rates)
def test_a_lease_never_costs_less_than_its_units_take(units: int, rate: int) -> None:
    microseconds = cost(units, rate)

    assert 0 <= microseconds * rate - units * 1_000_000_000 < rate


@given(sizes=sizes, rate=rates)
def test_slots_are_in_order_and_the_last_message_ends_with_the_lease(
    sizes: list[int], rate: int
) -> None:
    lease = Lease(NOW, sum(sizes), rate)

    slots = list(lease.slots(sizes))

    assert slots == sorted(slots)
    assert slots[0] == lease.start
    assert lease.end - 1 <= slots[-1] + cost(sizes[-1], rate) <= lease.end + 1


def test_a_slot_is_forfeited_once_the_grace_is_over() -> None:
    assert not is_late(NOW, NOW + GRACE)
    assert is_late(NOW, NOW + GRACE + 1)


def test_a_slot_in_the_future_is_not_late() -> None:
    assert not is_late(NOW, NOW - 1_000_000)


@given(
    ahead=st.integers(-10 * GRACE, 10 * GRACE),
    generation=st.just(7),
    units=st.integers(1, 45),
)
def test_exactly_one_of_the_two_bids_meets_any_timeline(
    ahead: int, generation: int, units: int
) -> None:
    timeline = a_timeline(sold_until=NOW + ahead)

    met = [meets(timeline, Bid(path, "mine", generation, units, RATE, NOW)) for path in Path]

    assert sorted(met) == [False, True]


def test_a_busy_timeline_is_continued_at_its_end() -> None:
    purchase = Purchase(9, a_timeline(sold_until=NOW + 300_000))
    bid = a_bid(purchase)

    lease = purchase.accepted(bid, a_timeline(sold_until=NOW + 300_000 + bid.cost))

    assert bid.path is Path.BUSY
    assert lease == Lease(NOW + 300_000, 9, RATE)


def test_an_idle_timeline_starts_anew_and_sells_nothing_of_the_past() -> None:
    purchase = Purchase(9, a_timeline(sold_until=NOW - 60_000_000))
    bid = a_bid(purchase)

    lease = purchase.accepted(bid, a_timeline(sold_until=NOW + bid.cost))

    assert bid.path is Path.IDLE
    assert lease == Lease(NOW, 9, RATE)


def test_a_timeline_last_seen_idle_is_tried_by_the_path_of_the_last_success() -> None:
    seen = a_timeline(sold_until=NOW - 60_000_000)

    bid = a_bid(Purchase(1, seen, Path.BUSY))

    assert bid.path is Path.BUSY


def test_a_declined_bid_is_followed_by_the_other_one() -> None:
    purchase = Purchase(1, a_timeline(sold_until=NOW - 60_000_000))

    lease = purchase.declined(a_bid(purchase), a_timeline(sold_until=NOW + 1))

    assert lease is None
    assert a_bid(purchase).path is Path.BUSY


def test_all_bids_of_a_purchase_carry_one_reservation() -> None:
    purchase = Purchase(1, a_timeline(sold_until=NOW - 60_000_000))
    first = a_bid(purchase)
    purchase.declined(first, a_timeline(sold_until=NOW + 1))

    second = a_bid(purchase)

    assert first.reservation == second.reservation


def test_purchases_carry_reservations_of_their_own() -> None:
    seen = a_timeline()

    bids = [a_bid(Purchase(1, seen)) for _ in range(2)]

    assert bids[0].reservation != bids[1].reservation


def test_a_write_whose_answer_was_lost_is_recognized_by_its_reservation() -> None:
    item = Item()
    item.timeline = a_timeline(sold_until=NOW + 500_000)
    purchase = Purchase(5, item.timeline)
    item.write(a_bid(purchase))
    retry = a_bid(purchase, NOW + 30_000)

    applied, timeline = item.write(retry)
    lease = purchase.declined(retry, timeline)

    assert not applied
    assert lease == Lease(NOW + 500_000, 5, RATE)


def test_a_write_that_is_applied_twice_at_once_sells_once() -> None:
    item = Item()
    item.timeline = a_timeline(sold_until=NOW + 500_000)
    bid = a_bid(Purchase(5, item.timeline))
    item.write(bid)
    sold_until = item.timeline.sold_until

    item.write(bid)

    assert item.timeline.sold_until == sold_until


def test_a_new_generation_is_adopted_with_its_rate_under_a_new_reservation() -> None:
    purchase = Purchase(9, a_timeline(sold_until=NOW + 1))
    before = a_bid(purchase)
    changed = a_timeline(
        sold_until=NOW + 1, rate=20_000, generation=8, reservation=before.reservation
    )

    lease = purchase.declined(before, changed)
    after = a_bid(purchase)

    assert lease is None
    assert (after.generation, after.rate, after.cost) == (8, 20_000, 450_000)
    assert after.reservation != before.reservation


def test_a_timeline_that_is_gone_is_looked_for_again() -> None:
    purchase = Purchase(1, a_timeline())

    lease = purchase.declined(a_bid(purchase), None)

    assert lease is None
    assert purchase.bid(NOW) is None


def test_a_new_timeline_sells_nothing_before_the_guard_is_over() -> None:
    timeline = opening(RATE, NOW)
    purchase = Purchase(1, timeline)
    bid = a_bid(purchase)

    item = Item()
    item.create(timeline)
    _, sold = item.write(bid)

    assert sold is not None
    assert purchase.accepted(bid, sold).start == NOW + CREATION_GUARD


def test_a_paused_timeline_sells_nothing() -> None:
    purchase = Purchase(1)
    purchase.learn(a_timeline(rate=0))

    with pytest.raises(Throttled, match="paused"):
        purchase.bid(NOW)


def test_a_paused_timeline_is_read_again_by_the_next_purchase() -> None:
    assert Purchase(1, a_timeline(rate=0)).bid(NOW) is None


def test_less_than_one_unit_cannot_be_reserved() -> None:
    with pytest.raises(ValueError, match="units: 0"):
        Purchase(0)


@settings(max_examples=200)
@given(
    workers=st.integers(1, 8),
    seed=st.integers(0, 2**32),
    batch=st.sampled_from([1, 10, 50]),
    sizes=st.sampled_from([(1,), (1, 2, 3, 5, 10), (10,), (7, 1)]),
    weather=weathers,
    rate=st.sampled_from([45_000, 14_000, 1_500]),
)
def test_no_interval_ever_carries_more_than_the_rate_the_grace_and_one_message_allow(
    workers: int, seed: int, batch: int, sizes: tuple[int, ...], weather: Weather, rate: int
) -> None:
    fleet = Fleet(rate, sizes, workers, seed, batch, weather).run()

    allowed = rate * GRACE / 1_000_000_000 + max(sizes)
    assert excess(fleet.sends, rate) < allowed + ROUNDING


@settings(max_examples=200)
@given(
    workers=st.integers(2, 8),
    seed=st.integers(0, 2**32),
    weather=weathers,
)
def test_no_stretch_of_the_timeline_is_ever_sold_twice(
    workers: int, seed: int, weather: Weather
) -> None:
    fleet = Fleet(RATE, (1, 2, 3, 5, 10), workers, seed, weather=weather).run()

    leases = sorted(fleet.leases, key=lambda lease: lease.start)
    assert all(earlier.end <= later.start for earlier, later in pairwise(leases))


@pytest.mark.parametrize("workers", [2, 5, 10, 50])
def test_a_fleet_with_a_backlog_is_never_idle(workers: int) -> None:
    fleet = Fleet(RATE, (1, 1, 2, 3, 10), workers, seed=1, seconds=62).run()

    sent = sum(units for _, units in fleet.sends)
    assert sent >= 0.995 * 45 * (62 - 3)  # the guard, and up to one second until the first wakes


def test_a_fleet_with_a_backlog_writes_once_per_batch() -> None:
    fleet = Fleet(RATE, (1, 1, 2, 3, 10), workers=2, seed=1, seconds=62).run()

    assert fleet.item.failed_writes <= 0.01 * fleet.item.writes
    assert fleet.item.writes <= 1.05 * len(fleet.leases)


@given(seed=st.integers(0, 2**32))
def test_two_senders_never_burst_when_the_timeline_is_lost_and_made_anew(seed: int) -> None:
    fleet = Fleet(RATE, (1, 2, 3, 5, 10), workers=2, seed=seed, seconds=11)
    fleet.at(EPOCH + 5_000_000, lambda: setattr(fleet.item, "timeline", None))

    fleet.run()

    assert excess(fleet.sends, RATE) < 45 * 0.1 + 10 + ROUNDING
    assert fleet.sends[-1][0] > EPOCH + 10_000_000
