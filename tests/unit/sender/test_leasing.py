from collections.abc import Sequence
from datetime import timedelta

import pytest

from message_tracker.core.domain.errors import SoldOut, Throttled, Unavailable
from message_tracker.core.domain.slot import ANY, LOOK_AHEAD, Lease, Terms
from message_tracker.sender.leasing import Leasing
from tests.fakes import FakeRateLimiter
from tests.outbox import VirtualClock

SECOND = 1_000_000
RATE = 45_000


class Refusing(FakeRateLimiter):
    """Raises its errors first, one a call."""

    def __init__(self, clock: VirtualClock, *refusals: Exception) -> None:
        super().__init__(rate=RATE, clock=clock.now_us)
        self.refusals = list(refusals)

    def reserve(self, sizes: Sequence[int], terms: Terms = ANY) -> Lease:
        if self.refusals:
            raise self.refusals.pop(0)
        return super().reserve(sizes, terms)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def lease(
    limiter: FakeRateLimiter, clock: VirtualClock, seconds: int = 60, sizes: Sequence[int] = (1,)
) -> Lease | None:
    end_by = clock.now_us() + seconds * SECOND
    leasing = Leasing(clock, lambda: 0.5)
    return leasing.lease(limiter, sizes, is_marketing=True, end_by=end_by)


def test_who_is_behind_the_horizon_holds_for_as_long_as_it_is_told(clock: VirtualClock) -> None:
    began = clock.now_us()

    lease(Refusing(clock, SoldOut("", 300_000)), clock)

    assert clock.now_us() - began == 300_000 + 125_000


def test_who_is_overtaken_again_and_again_holds_longer_and_longer(clock: VirtualClock) -> None:
    began = clock.now_us()

    lease(Refusing(clock, *[SoldOut("", 1)] * 7), clock)

    holds = [125_000, 250_000, 500_000, SECOND, 2 * SECOND, 2 * SECOND, 2 * SECOND]
    assert clock.now_us() - began == sum(holds) + 7


def test_who_has_no_time_for_what_is_left_gives_up_at_once(clock: VirtualClock) -> None:
    began = clock.now_us()

    assert lease(Refusing(clock, SoldOut("", None)), clock) is None
    assert clock.now_us() == began


def test_who_holds_to_the_end_of_its_time_gets_nothing(clock: VirtualClock) -> None:
    limiter = FakeRateLimiter(clock=clock.now_us, error=Throttled("paused"))
    began = clock.now_us()

    assert lease(limiter, clock, seconds=7) is None
    assert clock.now_us() - began == 7 * SECOND


def test_a_pause_is_looked_at_twice_a_second(clock: VirtualClock) -> None:
    began = clock.now_us()

    lease(Refusing(clock, Throttled("paused"), Throttled("paused")), clock)

    assert clock.now_us() - began == SECOND


def test_without_the_limiter_there_is_no_lease(clock: VirtualClock) -> None:
    with pytest.raises(Unavailable):
        lease(Refusing(clock, Unavailable("no answer")), clock)


def far_ahead(clock: VirtualClock) -> FakeRateLimiter:
    limiter = FakeRateLimiter(rate=RATE, clock=clock.now_us)
    for _ in range(5):
        limiter.reserve([45])
    return limiter


def far_lease(limiter: FakeRateLimiter, clock: VirtualClock) -> Lease | None:
    end_by = clock.now_us() + 60 * SECOND
    return Leasing(clock, lambda: 0).lease(limiter, [1], is_marketing=False, end_by=end_by)


@pytest.mark.parametrize("sold", [7, 45])
def test_a_lease_is_looked_at_again_shortly_before_its_start(
    clock: VirtualClock, sold: int
) -> None:
    limiter = FakeRateLimiter(rate=RATE, clock=clock.now_us)
    limiter.reserve([sold])

    bought = far_lease(limiter, clock)

    assert bought is not None
    assert (clock.now_us(), limiter.looks) == (bought.start - LOOK_AHEAD, 1)


def test_a_lease_that_starts_at_once_is_not_looked_at_again(clock: VirtualClock) -> None:
    limiter = FakeRateLimiter(rate=RATE, clock=clock.now_us)
    limiter.reserve([6])
    began = clock.now_us()

    bought = far_lease(limiter, clock)

    assert bought is not None
    assert (bought.start, clock.now_us()) == (began + 133_334, began)
    assert limiter.looks == 0


def test_a_lease_that_was_voided_is_forgotten_for_another(clock: VirtualClock) -> None:
    limiter = far_ahead(clock)
    sleep_until = clock.sleep_until

    def change_meanwhile(at_us: int) -> None:
        sleep_until(at_us)
        if limiter.generation == 1:
            limiter.change_rate(20_000)

    clock.sleep_until = change_meanwhile  # type: ignore[method-assign] # the rate changes meanwhile

    bought = far_lease(limiter, clock)

    assert bought is not None
    assert (bought.generation, bought.rate) == (2, 20_000)


def test_who_falls_behind_leases_less_until_it_keeps_up(clock: VirtualClock) -> None:
    limiter = FakeRateLimiter(clock=clock.now_us)
    leasing = Leasing(clock, lambda: 0)

    def asked() -> int:
        end_by = clock.now_us() + 60 * SECOND
        leasing.lease(limiter, [1] * 20, is_marketing=False, end_by=end_by)
        clock.advance(timedelta(seconds=1))
        return len(limiter.sizes[-1])

    first = asked()
    leasing.learn(["sent"] * 12 + [None] * 8)
    behind = asked()
    leasing.learn([None] * 5 + ["sent"] * 5)
    slow_purchase = asked()
    for _ in range(4):
        leasing.learn(["sent"])
    well = asked()

    assert [20, 10, 13, 20] == [first, behind, slow_purchase, well]
