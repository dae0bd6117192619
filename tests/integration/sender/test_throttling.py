"""How long messages were held back is noted exactly, whoever held them, and told once."""

from datetime import datetime, timedelta

import pytest

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, OutboundEmail
from message_tracker.core.domain.outcome import Outcome, Throttled
from message_tracker.core.domain.period import Period
from message_tracker.core.domain.throttling import HeldBack, Stretch
from message_tracker.core.store.database import Database
from message_tracker.core.store.dispatch import DispatchStore
from message_tracker.core.store.reports import ReportStore
from message_tracker.core.store.retention import forget_throttling
from message_tracker.sender.throttling import LEAST
from tests.fakes import FakeEmailProvider, FakeRateLimiter
from tests.outbox import NOW, Outbox

SECOND = timedelta(seconds=1)
HOUR = Period(NOW - timedelta(minutes=30), NOW + timedelta(minutes=30))


def held_back(database: Database, period: Period = HOUR) -> list[HeldBack]:
    return list(ReportStore(database).situation(period, now=NOW).held_back)


def noted(database: Database, *times: tuple[float, float], calls: int = 0) -> None:
    """Note stretches of SMS by senders of their own, in seconds from now."""
    for since, until in times:
        stretch = Stretch(Channel.TEXT, NOW + since * SECOND, NOW + until * SECOND, calls)
        DispatchStore(database).record(new_id(), [], [stretch])


def test_what_waits_for_the_rate_is_noted_from_the_asking_to_the_last_slot(
    outbox: Outbox,
) -> None:
    outbox.limiter = FakeRateLimiter(rate=1_000, clock=outbox.clock.now_us)

    outbox.send(outbox.accept(21, channel=Channel.TEXT), Channel.TEXT)

    assert [HeldBack(Channel.TEXT, 20.0, 0)] == held_back(outbox.database)


def test_a_chunk_that_finds_the_timeline_sold_waits_for_its_beginning_too(outbox: Outbox) -> None:
    outbox.limiter = FakeRateLimiter(rate=1_000, clock=outbox.clock.now_us)
    outbox.limiter.reserve([5])

    outbox.send(outbox.accept(1))

    assert [HeldBack(Channel.EMAIL, 5.0, 0)] == held_back(outbox.database)


def test_what_goes_out_at_once_was_not_held_back(outbox: Outbox) -> None:
    outbox.send(outbox.accept(100))

    assert [] == held_back(outbox.database)


def test_calls_that_were_told_later_are_counted_with_the_time_they_waited(outbox: Outbox) -> None:
    called_at: list[datetime] = []

    def throttle_twice(_: OutboundEmail) -> Outcome:
        called_at.append(outbox.clock.now())
        return Throttled("rate exceeded")

    outbox.email = FakeEmailProvider(answer=throttle_twice)

    outbox.send(outbox.accept(3))

    [found] = held_back(outbox.database)
    assert (Channel.EMAIL, len(called_at)) == (found.channel, found.calls)
    waited = (called_at[-1] - called_at[0]).total_seconds()
    assert pytest.approx(waited, abs=0.001) == found.seconds


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        ([(0, 10), (5, 12), (2, 3)], 12.0),
        ([(0, 10), (10, 20)], 20.0),
        ([(0, 10), (20, 30)], 20.0),
        ([(0, 0)], 0.0),
    ],
    ids=["overlapping", "adjoining", "apart", "a moment"],
)
def test_what_several_senders_waited_at_the_same_time_counts_once(
    outbox: Outbox, times: list[tuple[float, float]], seconds: float
) -> None:
    noted(outbox.database, *times, calls=1)

    assert [HeldBack(Channel.TEXT, seconds, len(times))] == held_back(outbox.database)


def test_of_a_stretch_each_period_has_its_part_and_a_call_is_of_one(outbox: Outbox) -> None:
    noted(outbox.database, (-90, 30), calls=2)
    before = Period(NOW - timedelta(hours=1), NOW)
    after = Period(NOW, NOW + timedelta(hours=1))

    assert [HeldBack(Channel.TEXT, 90.0, 2)] == held_back(outbox.database, before)
    assert [HeldBack(Channel.TEXT, 30.0, 0)] == held_back(outbox.database, after)


def test_a_stretch_recorded_twice_counts_once(outbox: Outbox) -> None:
    claim_id, store = new_id(), DispatchStore(outbox.database)
    stretch = Stretch(Channel.EMAIL, NOW, NOW + SECOND, calls=3)

    for _ in range(2):
        store.record(claim_id, [], [stretch])

    assert [HeldBack(Channel.EMAIL, 1.0, 3)] == held_back(outbox.database)


def test_a_wait_that_nobody_notices_is_not_noted(outbox: Outbox) -> None:
    outbox.limiter = FakeRateLimiter(
        rate=1_000 * 1_000_000 // (LEAST // 2), clock=outbox.clock.now_us
    )

    outbox.send(outbox.accept(2))

    assert [] == held_back(outbox.database)


def test_what_is_old_is_let_go_of(outbox: Outbox) -> None:
    noted(outbox.database, (-60, 0), (0, 60))

    forget_throttling(outbox.database, NOW)

    assert [HeldBack(Channel.TEXT, 60.0, 0)] == held_back(outbox.database)


def test_a_period_is_found_by_the_index(outbox: Outbox) -> None:
    outbox.database.fetch(
        "INSERT INTO throttling SELECT %(now)s - n * interval '1 minute', gen_random_uuid(),"
        " 'text', %(now)s, 0 FROM generate_series(1, 20000) AS n",
        {"now": NOW - timedelta(days=1)},
    )
    outbox.database.fetch("ANALYZE throttling")

    rows = outbox.database.fetch(
        "EXPLAIN SELECT FROM throttling WHERE began_at >= %(since)s AND began_at < %(until)s",
        {"since": HOUR.start, "until": HOUR.end},
    )

    assert any("throttling_pkey" in row["QUERY PLAN"] for row in rows)
