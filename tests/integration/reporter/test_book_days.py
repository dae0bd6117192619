"""The books of long ago are counted by days: no report counts all messages there ever were."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from message_tracker.core.domain.audit import Audit, FindingKind
from message_tracker.core.domain.books import GapKind
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.audit import AuditStore
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries
from message_tracker.failed_message_reporter.bookkeeper.service import Bookkeeper
from tests.failed_messages import Ledger
from tests.history import a_week, plan

NOW = datetime(2026, 9, 10, 7, tzinfo=UTC)
FIRST = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture
def days(ledger: Ledger) -> Database:
    """Two messages of each day since the first, one of them a text, of the last two of the ten."""
    for day in range(10):
        accepted_at = FIRST + timedelta(days=day, hours=day)
        ledger.message(accepted_at=accepted_at, group=f"day {day}")
        ledger.message(
            MessageStatus.FAILED,
            accepted_at=accepted_at,
            channel=Channel.TEXT if day >= 8 else Channel.EMAIL,
            group=f"failed {day}",
        )
    return ledger.database


def audited(database: Database, most: int, *, seconds: int = 0, limit: int = 3600) -> Audit:
    """Audit in full by a clock that goes on by seconds, asked by asked, until the limit."""
    ticks = count(0, seconds)
    keeper = Bookkeeper(
        AuditStore(database),
        BooksStore(database, most=most),
        None,
        lambda: NOW + timedelta(seconds=next(ticks)),
    )
    return keeper.audit(is_full=True, until=NOW + timedelta(seconds=limit))


@pytest.mark.parametrize("most", [0, 3, 7, 1000])
def test_books_are_the_same_however_few_days_are_counted_anew(days: Database, most: int) -> None:
    everything = BooksStore(days).read()

    seen = audited(days, most)

    assert everything == seen.books == BooksStore(days, most=most).read()
    assert (20, 2) == (everything.total.accepted, everything.text.accepted)


def test_as_many_of_the_last_days_are_counted_anew_as_hold_few_enough(days: Database) -> None:
    audited(days, most=5)

    since = [BooksStore(days, most=most).since() for most in (0, 5, 1000)]

    # The day that is not over, and the one before, are counted anew in any case.
    assert [datetime(2026, 9, 9, tzinfo=UTC), datetime(2026, 9, 7, tzinfo=UTC), None] == since


def test_what_changes_of_a_day_long_ago_is_seen_by_the_next_count(days: Database) -> None:
    audited(days, most=3)
    days.fetch("UPDATE message_state SET status = 'sent' WHERE status = 'failed'")

    before = BooksStore(days, most=3).read()
    anew = BooksStore(days, most=1000).read()
    after = audited(days, most=3).books

    assert (20, 20) == (before.total.accepted, anew.total.sent)
    assert before.total.failed > 0 == anew.total.failed
    assert anew == after


def test_an_audit_that_has_no_more_time_is_gone_on_with_by_the_next(days: Database) -> None:
    store = BooksStore(days, most=0)

    audited(days, most=0, seconds=60, limit=270)
    first = store.since()
    audited(days, most=0, seconds=60, limit=270)

    assert datetime(2026, 9, 5, tzinfo=UTC) == first
    assert datetime(2026, 9, 9, tzinfo=UTC) == store.since()
    assert days_of(store)[0] == FIRST  # which was counted the longest ago
    assert 20 == store.read().total.accepted


def days_of(store: BooksStore) -> list[datetime]:
    return store.days_to_count(NOW.replace(hour=0) - timedelta(days=1))


def test_what_contradicts_the_books_of_long_ago_is_named_once(
    days: Database, ledger: Ledger
) -> None:
    lost = [
        ledger.message(None, accepted_at=FIRST + timedelta(days=day), group=f"lost {day}")
        for day in (1, 8)
    ]

    for most in (3, 1000):
        seen = audited(days, most)
        assert seen.books is not None
        assert [(GapKind.LOST, (each,)) for each in lost] == [
            (gap.kind, gap.message_ids) for gap in seen.books.gaps
        ]
        assert not seen.books.balanced


def test_counts_of_groups_are_compared_that_were_made_since(days: Database) -> None:
    days.fetch("UPDATE message_group SET created_at = (SELECT min(created_at) FROM message AS m"
               " WHERE m.group_id = message_group.group_id)")  # fmt: skip
    days.fetch("UPDATE group_tally SET messages = messages + 1")
    days.fetch("UPDATE tally_change SET messages = messages + 1")

    whole = audited(days, most=1000)
    lately = audited(days, most=3)

    assert {"group", "day"} == set(kinds(whole))
    assert {"group"} == set(kinds(lately))
    assert len(kinds(lately)) < len(kinds(whole))


def kinds(seen: Audit) -> list[str]:
    miscounted = [one for one in seen.findings if one.kind is FindingKind.MISCOUNTED]
    return [one.where.split(" ")[0] for one in miscounted]


@pytest.fixture
def history(database: Database) -> Database:
    a_week(database)
    database.fetch("VACUUM ANALYZE")
    return database


def test_a_day_is_counted_without_reading_others(history: Database) -> None:
    day = {"since": datetime(2026, 11, 15, tzinfo=UTC), "now": NOW}

    told = plan(history, queries("books")["count_book_day"], day)

    assert "message_by_time" in told
    assert "Seq Scan on message " not in told


def test_the_last_days_are_counted_without_reading_those_before(history: Database) -> None:
    told = plan(
        history, queries("books")["read_books"], {"since": datetime(2026, 11, 20, 20, tzinfo=UTC)}
    )

    assert "message_by_time" in told
    assert "Seq Scan on message " not in told
