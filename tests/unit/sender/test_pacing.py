"""Calls are made at their slots or not at all."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.pace import GRACE, PACED
from message_tracker.core.domain.skew import Skew
from message_tracker.sender.clock import SystemClock
from message_tracker.sender.pacing import Call, call_at_slots
from tests.outbox import InlinePool, VirtualClock

durations = st.lists(st.integers(min_value=0, max_value=400_000), max_size=30)  # µs


@given(durations, st.integers(min_value=-300_000, max_value=300_000), st.sampled_from([GRACE, 30]))
def test_a_call_starts_within_the_grace_of_its_slot_or_never(
    costs: list[int], ahead: int, grace: int
) -> None:
    clock = VirtualClock()
    slots = [clock.now_us() + ahead + offset for offset in PACED.plan([1] * 30, 45_000).offsets]

    def call(duration: int) -> int:
        started = clock.now_us()
        clock.advance(timedelta(microseconds=duration))
        return started

    calls = [
        Call(slot, lambda duration=duration: call(duration), grace)  # type: ignore[misc] # a bound default
        for slot, duration in zip(slots, costs, strict=False)
    ]

    started = call_at_slots(calls, pool=InlinePool(), clock=clock)

    assert len(costs) == len(started)
    assert all(
        start is None or slot <= start <= slot + grace
        for slot, start in zip(slots, started, strict=False)
    )


def test_a_pool_that_is_busy_forfeits_the_slots_it_cannot_serve() -> None:
    clock = SystemClock()
    now = clock.now_us()

    def dawdle() -> str:
        time.sleep(0.3)
        return "called"

    with ThreadPoolExecutor(1) as pool:
        answers = call_at_slots([Call(now, dawdle)] * 3, pool=pool, clock=clock)

    assert ["called", None, None] == answers


def test_calls_run_side_by_side() -> None:
    clock = SystemClock()
    met = threading.Barrier(4, timeout=10)
    calls = [Call(clock.now_us(), met.wait)] * 4

    with ThreadPoolExecutor(4) as pool:
        answers = call_at_slots(calls, pool=pool, clock=clock)

    assert [0, 1, 2, 3] == sorted(answer for answer in answers if answer is not None)


def a_clock(wall: list[int], steady: list[int], skew: Skew | None = None) -> SystemClock:
    return SystemClock(skew, wall=lambda: wall[0], steady=lambda: steady[0])


def test_a_clock_that_is_set_back_goes_on() -> None:
    wall, steady = [5_000_000], [100]
    clock = a_clock(wall, steady)

    wall[0], steady[0] = 1_000_000, 300

    assert 5_000_200 == clock.now_us()


def test_after_a_freeze_the_wall_clock_counts() -> None:
    wall, steady = [5_000_000], [100]
    clock = a_clock(wall, steady)

    wall[0], steady[0] = 10_000_000, 300

    assert 10_000_000 == clock.now_us()


def test_a_clock_that_is_known_to_be_slow_is_shifted() -> None:
    skew = Skew()
    skew.learn(7_000_000, sent=5_000_000, received=5_000_000)

    clock = a_clock([5_000_000], [100], skew)

    assert 7_000_000 == clock.now_us()


def test_the_system_clock_never_wakes_early() -> None:
    clock = SystemClock()
    wanted = clock.now_us() + 20_000

    clock.sleep_until(wanted)

    assert wanted <= clock.now_us()


def test_what_a_call_raises_is_raised_after_the_others_have_ended() -> None:
    clock = VirtualClock()
    now = clock.now_us()
    ended: list[int] = []

    def fail() -> None:
        raise ValueError("no")

    with ThreadPoolExecutor(2) as pool, pytest.raises(ValueError, match="no"):
        call_at_slots(
            [Call(now, fail), Call(now, lambda: ended.append(1))],
            pool=pool,
            clock=clock,
        )

    assert [1] == ended
