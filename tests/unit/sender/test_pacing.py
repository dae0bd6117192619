"""Calls are made at their slots or not at all."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from message_tracker.core.domain.slot import GRACE, Lease
from message_tracker.sender.clock import SystemClock
from message_tracker.sender.pacing import Call, call_at_slots
from tests.outbox import InlinePool, VirtualClock

durations = st.lists(st.integers(min_value=0, max_value=400_000), max_size=30)  # µs


@given(durations, st.integers(min_value=-300_000, max_value=300_000))
def test_a_call_starts_within_the_grace_of_its_slot_or_never(costs: list[int], ahead: int) -> None:
    clock = VirtualClock()
    lease = Lease(clock.now_us() + ahead, len(costs), rate=45_000)

    def call(duration: int) -> int:
        started = clock.now_us()
        clock.advance(timedelta(microseconds=duration))
        return started

    calls = [Call(1, lambda duration=duration: call(duration)) for duration in costs]  # type: ignore[misc] # a bound default

    started = call_at_slots(calls, lease, pool=InlinePool(), clock=clock)

    slots = list(lease.slots(1 for _ in costs))
    assert len(slots) == len(started)
    assert all(
        start is None or slot <= start <= slot + GRACE
        for slot, start in zip(slots, started, strict=True)
    )


def test_a_pool_that_is_busy_forfeits_the_slots_it_cannot_serve() -> None:
    clock = SystemClock()
    lease = Lease(clock.now_us(), 3, rate=1_000_000)

    def dawdle() -> str:
        time.sleep(0.3)
        return "called"

    with ThreadPoolExecutor(1) as pool:
        answers = call_at_slots([Call(1, dawdle)] * 3, lease, pool=pool, clock=clock)

    assert ["called", None, None] == answers


def test_calls_run_side_by_side() -> None:
    clock = SystemClock()
    met = threading.Barrier(4, timeout=10)
    lease = Lease(clock.now_us(), 4, rate=1_000_000)

    with ThreadPoolExecutor(4) as pool:
        answers = call_at_slots([Call(1, met.wait)] * 4, lease, pool=pool, clock=clock)

    assert [0, 1, 2, 3] == sorted(answer for answer in answers if answer is not None)


def test_the_system_clock_never_wakes_early() -> None:
    clock = SystemClock()
    wanted = clock.now_us() + 20_000

    clock.sleep_until(wanted)

    assert wanted <= clock.now_us()


def test_what_a_call_raises_is_raised_after_the_others_have_ended() -> None:
    clock = VirtualClock()
    ended: list[int] = []

    def fail() -> None:
        raise ValueError("no")

    with ThreadPoolExecutor(2) as pool, pytest.raises(ValueError, match="no"):
        call_at_slots(
            [Call(1, fail), Call(1, lambda: ended.append(1))],
            Lease(clock.now_us(), 2, rate=1_000_000_000),
            pool=pool,
            clock=clock,
        )

    assert [1] == ended
