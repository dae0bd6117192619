from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.errors import SoldOut, Throttled
from message_tracker.core.domain.pace import GRACE, PACED, Pace, RateMode, cost, pace_of
from message_tracker.core.domain.slot import (
    CREATION_GUARD,
    LOOK_AHEAD,
    Bid,
    Lease,
    Path,
    Purchase,
    Terms,
    Timeline,
    guard,
    is_late,
    opening,
    with_rate,
)

RATE = 45_000
NOW = 1_750_000_000_000_000

paces = st.sampled_from([PACED, pace_of(RateMode.STRICT, 10)])


def a_timeline(
    *, sold_until: int = NOW, rate: int = RATE, generation: int = 7, reservation: str = "other"
) -> Timeline:
    return Timeline(sold_until, rate, generation, reservation)


def meets(timeline: Timeline, bid: Bid) -> bool:
    """Whether the timeline meets the bid's condition."""
    if timeline.generation != bid.generation or timeline.reservation == bid.reservation:
        return False
    if bid.path is Path.IDLE:
        return timeline.sold_until < bid.floor
    return bid.floor <= timeline.sold_until <= bid.latest


def applied(timeline: Timeline, bid: Bid) -> Timeline:
    """Return the timeline after the bid was applied."""
    end = timeline.sold_until + bid.cost if bid.path is Path.BUSY else bid.idle_end
    return replace(timeline, sold_until=end, reservation=bid.reservation)


def a_lease(start: int, size: int, rate: int = RATE, generation: int = 7) -> Lease:
    return Lease(start, start + cost(size, rate), (start,), rate, generation)


def a_bid(purchase: Purchase, now: int = NOW) -> Bid:
    bid = purchase.bid(now)
    assert bid is not None
    return bid


def test_a_slot_is_forfeited_once_the_grace_is_over() -> None:
    assert not is_late(NOW, NOW + GRACE)
    assert is_late(NOW, NOW + GRACE + 1)


def test_a_slot_in_the_future_is_not_late() -> None:
    assert not is_late(NOW, NOW - 1_000_000)


@given(ahead=st.integers(-10 * GRACE, 10 * GRACE), size=st.integers(1, 45), pace=paces)
def test_exactly_one_of_the_two_bids_meets_any_timeline(ahead: int, size: int, pace: Pace) -> None:
    timeline = a_timeline(sold_until=NOW + ahead)
    plan = pace.plan([size], RATE)

    met = [meets(timeline, Bid(path, "mine", 7, plan, RATE, NOW, pace)) for path in Path]

    assert sorted(met) == [False, True]


@given(ahead=st.integers(-10 * GRACE, 10 * GRACE), size=st.integers(1, 45), pace=paces)
def test_whichever_bid_applies_the_timeline_only_moves_forward(
    ahead: int, size: int, pace: Pace
) -> None:
    timeline = a_timeline(sold_until=NOW + ahead)
    plan = pace.plan([size], RATE)
    [bid] = [
        bid for path in Path if meets(timeline, bid := Bid(path, "mine", 7, plan, RATE, NOW, pace))
    ]

    lease = bid.lease(applied(timeline, bid))

    assert lease.start >= max(timeline.sold_until, bid.floor)
    assert all(lease.start <= slot < lease.end for slot in lease.slots)


def test_a_busy_timeline_is_continued_at_its_end() -> None:
    purchase = Purchase([9], a_timeline(sold_until=NOW + 300_000))
    bid = a_bid(purchase)

    lease = purchase.accepted(bid, a_timeline(sold_until=NOW + 300_000 + bid.cost))

    assert bid.path is Path.BUSY
    assert lease == a_lease(NOW + 300_000, 9)


def test_an_idle_timeline_starts_anew_and_sells_nothing_of_the_past() -> None:
    purchase = Purchase([9], a_timeline(sold_until=NOW - 60_000_000))
    bid = a_bid(purchase)

    lease = purchase.accepted(bid, a_timeline(sold_until=NOW + bid.cost))

    assert bid.path is Path.IDLE
    assert lease == a_lease(NOW, 9)


def test_a_timeline_last_seen_idle_is_tried_by_the_path_of_the_last_success() -> None:
    seen = a_timeline(sold_until=NOW - 60_000_000)

    bid = a_bid(Purchase([1], seen, Path.BUSY))

    assert bid.path is Path.BUSY


def test_a_declined_bid_is_followed_by_the_other_one() -> None:
    purchase = Purchase([1], a_timeline(sold_until=NOW - 60_000_000))

    lease = purchase.declined(a_bid(purchase), a_timeline(sold_until=NOW + 1))

    assert lease is None
    assert a_bid(purchase).path is Path.BUSY


def test_all_bids_of_a_purchase_carry_one_reservation() -> None:
    purchase = Purchase([1], a_timeline(sold_until=NOW - 60_000_000))
    first = a_bid(purchase)
    purchase.declined(first, a_timeline(sold_until=NOW + 1))

    second = a_bid(purchase)

    assert first.reservation == second.reservation


def test_purchases_carry_reservations_of_their_own() -> None:
    seen = a_timeline()

    bids = [a_bid(Purchase([1], seen)) for _ in range(2)]

    assert bids[0].reservation != bids[1].reservation


def test_a_write_whose_answer_was_lost_is_recognized_by_its_reservation() -> None:
    before = a_timeline(sold_until=NOW + 500_000)
    purchase = Purchase([5], before)
    after = applied(before, a_bid(purchase))
    retry = a_bid(purchase, NOW + 30_000)

    lease = purchase.declined(retry, after)

    assert not meets(after, retry)
    assert lease == a_lease(NOW + 500_000, 5)


def test_a_write_that_arrives_twice_at_once_applies_once() -> None:
    before = a_timeline(sold_until=NOW + 500_000)
    bid = a_bid(Purchase([5], before))

    assert meets(before, bid)
    assert not meets(applied(before, bid), bid)


def test_two_bids_of_the_same_microsecond_sell_stretches_of_their_own() -> None:
    before = a_timeline(sold_until=NOW - 60_000_000)
    one, other = (Purchase([9], before) for _ in range(2))
    first, second = a_bid(one), a_bid(other)
    after = applied(before, first)

    assert not meets(after, second)
    assert other.declined(second, after) is None
    again = a_bid(other)
    assert again.lease(applied(after, again)).start == one.accepted(first, after).end


def test_a_new_generation_is_adopted_with_its_rate_under_a_new_reservation() -> None:
    purchase = Purchase([9], a_timeline(sold_until=NOW + 1))
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
    purchase = Purchase([1], a_timeline())

    lease = purchase.declined(a_bid(purchase), None)

    assert lease is None
    assert purchase.bid(NOW) is None


def test_a_new_timeline_sells_nothing_before_the_guard_is_over() -> None:
    timeline = opening(RATE, NOW)
    purchase = Purchase([1], timeline)
    bid = a_bid(purchase)

    lease = purchase.accepted(bid, applied(timeline, bid))

    assert lease.start == NOW + CREATION_GUARD


def test_a_paused_timeline_sells_nothing() -> None:
    purchase = Purchase([1])
    purchase.learn(a_timeline(rate=0))

    with pytest.raises(Throttled, match="paused"):
        purchase.bid(NOW)


def test_a_paused_timeline_is_read_again_by_the_next_purchase() -> None:
    assert Purchase([1], a_timeline(rate=0)).bid(NOW) is None


@pytest.mark.parametrize("sizes", [[], [0], [3, -1]])
def test_less_than_one_unit_a_message_cannot_be_reserved(sizes: list[int]) -> None:
    with pytest.raises(ValueError, match="sizes: "):
        Purchase(sizes)


def test_behind_the_horizon_a_purchase_is_told_how_long_to_hold() -> None:
    purchase = Purchase([9], a_timeline(), terms=Terms(horizon=500_000))
    bid = a_bid(purchase)

    with pytest.raises(SoldOut) as refused:
        purchase.declined(bid, a_timeline(sold_until=NOW + 800_000))

    assert refused.value.wait == 300_000


def test_at_the_horizon_a_lease_is_sold() -> None:
    timeline = a_timeline(sold_until=NOW + 500_000)

    bid = a_bid(Purchase([9], timeline, terms=Terms(horizon=500_000)))

    assert meets(timeline, bid)


def test_a_lease_that_would_outlast_its_buyer_is_never_sold() -> None:
    purchase = Purchase([9], a_timeline(), terms=Terms(end_by=NOW + 1_000_000))
    bid = a_bid(purchase)

    with pytest.raises(SoldOut) as refused:
        purchase.declined(bid, a_timeline(sold_until=NOW + 800_001))

    assert refused.value.wait is None
    assert meets(a_timeline(sold_until=NOW + 800_000), bid)


def test_a_buyer_whose_time_does_not_suffice_asks_nobody() -> None:
    purchase = Purchase([9], a_timeline(sold_until=0), terms=Terms(end_by=NOW + 199_999))

    with pytest.raises(SoldOut):
        purchase.bid(NOW)


def test_a_changed_rate_takes_back_what_is_looked_at_again_and_no_more() -> None:
    unsold = guard(RATE, 10)

    far = with_rate(a_timeline(sold_until=NOW + 60_000_000), 20_000, NOW, unsold)
    near = with_rate(a_timeline(sold_until=NOW + 1), 20_000, NOW, unsold)

    assert far == Timeline(NOW + CREATION_GUARD, 20_000, NOW, "other")
    assert near.sold_until == NOW + 1


def test_a_change_by_a_clock_that_is_behind_still_makes_a_new_generation() -> None:
    changed = with_rate(a_timeline(), 20_000, now=3, unsold=CREATION_GUARD)

    assert changed.generation == 8


def test_the_end_of_a_pause_takes_nothing_back_of_what_may_still_run() -> None:
    paused = with_rate(a_timeline(sold_until=NOW + 60_000_000), 0, NOW, unsold=21_000_000)

    resumed = with_rate(paused, 1_000, NOW + 1, unsold=CREATION_GUARD)

    assert resumed.sold_until == paused.sold_until == NOW + 21_000_000


def test_at_a_low_rate_the_guard_outlasts_the_largest_message() -> None:
    assert guard(1_000, 10) == LOOK_AHEAD + 20_100_000
    assert guard(0, 10) == guard(RATE, 10) == CREATION_GUARD
