"""Days are counted once, and counted again when more was told of them."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from message_tracker.core.domain.daily import Analysed
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.daily_counting import CORRECTED, DailyCounting
from message_tracker.core.store.database import Database
from message_tracker.core.store.events import ingest
from tests.daily_messages import DAY, NEXT_MORNING, NOON, Days
from tests.provider_events import email_event, encoded, text_event
from tests.stored_messages import store_messages

HOUR = timedelta(hours=1)
KEPT = [by for by in Analysed if by is not Analysed.USER]


@pytest.fixture
def days(database: Database) -> Days:
    """An empty database, on the morning after its first day."""
    return Days(database)


def rows(days: Days) -> list[dict[str, object]]:
    """Return all that is kept of days, but for when events were last looked at."""
    runs = days.database.fetch("SELECT day, counted_at, is_late FROM daily_run ORDER BY day")
    counts = days.database.fetch("SELECT c::text AS row FROM daily_count AS c ORDER BY 1")
    return [*runs, *counts]


def test_a_day_that_is_over_is_counted_once(days: Days) -> None:
    days.store(3)

    counted = days.count()
    before = rows(days)
    days.pass_time(HOUR)

    assert [DAY] == counted
    assert [] == days.count()
    assert before == rows(days)


def test_a_day_without_messages_is_counted_too(days: Days) -> None:
    assert ([DAY], []) == (days.count(), days.kept())


def test_a_day_is_left_to_settle(days: Days) -> None:
    days.store()
    days.now = datetime(2026, 9, 2, 0, 14, tzinfo=UTC)

    assert [date(2026, 8, 31)] == Days(days.database, days.now).count()[-1:]


def test_runs_that_were_missed_are_made_up_for(days: Days) -> None:
    for after in range(4):
        days.store(at=NOON + timedelta(days=after))
    days.now = NEXT_MORNING + timedelta(days=3)

    assert [DAY + timedelta(days=after) for after in (3, 2, 1, 0)] == days.count()


def test_a_run_out_of_time_leaves_days_to_the_next(days: Days) -> None:
    days.store()
    days.now += timedelta(days=1)
    counting = DailyCounting(days.database)

    first = counting.claim(days.now, claimed_until=days.now + HOUR)
    second = counting.claim(days.now, claimed_until=days.now + HOUR)

    assert (DAY + timedelta(days=1), DAY) == (first, second)
    assert counting.claim(days.now, claimed_until=days.now + HOUR) is None
    assert first == counting.claim(days.now + HOUR, claimed_until=days.now + 2 * HOUR)


def test_a_late_event_corrects_its_day(days: Days) -> None:
    first, _ = days.store(2, status=MessageStatus.SENT)
    days.count()
    days.pass_time(timedelta(days=3))
    days.count()

    days.set_state(first, "opened_at", days.now)
    days.set_state(first, "status", "delivered")
    days.tell(message_id=first, status=None, type="Open", at=days.now)
    days.pass_time(HOUR)

    assert [DAY] == days.count()
    assert days.counted_now() == days.kept()
    assert 1 == days.kept()[0].opened


def test_what_was_received_before_the_last_look_is_looked_at_no_more(days: Days) -> None:
    [first] = days.store()
    days.tell(message_id=first)
    days.pass_time(HOUR)

    looks = [days.count()]
    for _ in range(3):
        days.pass_time(timedelta(days=1))
        looks.append([day for day in days.count() if day == DAY])

    assert [[DAY], [], [], []] == looks


def test_a_late_day_waits_for_as_long_as_it_was_old_and_a_day_at_most(days: Days) -> None:
    [first] = days.store()
    corrected = []
    for hour in range(72):
        days.tell(message_id=first, at=NOON + timedelta(seconds=hour))
        if DAY in days.count():
            corrected.append(hour)
        days.pass_time(HOUR)

    assert [0, 6, 18, 42, 66] == corrected


def test_a_day_whose_messages_waited_is_corrected_though_no_event_tells(days: Days) -> None:
    [first] = days.store(status=MessageStatus.QUEUED)
    days.count()
    waiting = days.kept()[0]
    days.set_state(first, "status", "suppressed")
    days.pass_time(timedelta(days=1))

    days.count()
    kept = days.kept()[0]

    assert (1, 0) == (waiting.waiting, waiting.not_sent)
    assert (0, 1) == (kept.waiting, kept.not_sent)


def test_a_day_is_not_corrected_once_retention_may_have_taken_of_it(days: Days) -> None:
    [first] = days.store(recipient="ada@gmail.com")
    days.count()
    days.pass_time(CORRECTED + timedelta(days=1))
    days.database.fetch("UPDATE message SET recipient = ''")
    days.tell(message_id=first)

    days.count()

    assert ["Gmail"] == [line.label for line in days.kept(Analysed.MAILBOX_PROVIDER)]


def test_late_events_of_other_applications_correct_the_day_of_their_send(days: Days) -> None:
    sent_at = datetime.now(UTC) - timedelta(days=3)
    day, days.now = sent_at.date(), sent_at + timedelta(days=1, hours=1)
    foreign = {"provider_id": "theirs", "recipient": "bob@example.com"}
    days.tell(**foreign, at=sent_at)
    days.store(at=sent_at)
    days.pass_time(timedelta(days=2))
    days.count()
    before = days.kept(Analysed.ORIGIN, day)
    days.tell(**foreign, status="delivered", type="Delivery", at=datetime.now(UTC))
    days.pass_time(timedelta(days=1))

    assert day in days.count()
    after = days.kept(Analysed.ORIGIN, day)
    assert [("foreign", 0), ("ours", 1)] == [(line.label, line.delivered) for line in before]
    assert [("foreign", 1), ("ours", 1)] == [(line.label, line.delivered) for line in after]


def test_what_a_replay_brings_of_other_applications_corrects_its_day(days: Days) -> None:
    days.count()
    days.pass_time(timedelta(days=3))
    foreign = {"provider_id": "theirs", "recipient": "bob@example.com"}
    days.tell(**foreign)
    days.tell(**foreign, status="delivered", type="Delivery", at=NOON + timedelta(days=2))

    assert DAY in days.count()
    assert days.counted_now() == days.kept()
    assert 1 == days.kept()[0].delivered


def test_bounces_of_other_applications_are_told_by_their_type(days: Days) -> None:
    for number, status, kind in ((1, "bounced", "Permanent"), (2, "undelivered", "Transient")):
        foreign = {"provider_id": f"theirs-{number}", "recipient": "bob@example.com"}
        days.tell(**foreign)
        days.tell(**foreign, status=status, type="Bounce")
        days.database.fetch(
            "UPDATE message_event SET cause = %(cause)s WHERE status = %(status)s",
            {"cause": f"Bounce/{kind}/General", "status": status},
        )

    [line] = days.counted_now()

    assert (1, 1, 0) == (line.bounced_permanent, line.bounced_transient, line.bounced_otherwise)


def test_small_groups_without_a_name_are_not_told_apart(days: Days) -> None:
    days.store(10)
    for _ in range(3):
        days.store(1)
    days.store(1)
    days.database.fetch(
        "UPDATE message_group SET name = 'launch' WHERE group_id = (SELECT max(group_id::text)"
        " FROM message_group)::uuid"
    )

    days.count()

    found = {line.label: line.accepted for line in days.kept(Analysed.GROUP)}
    assert ([10, 3, 1], 3) == (sorted(found.values(), reverse=True), found["other"])
    assert 1 == found["launch"]


def test_test_messages_are_left_out(days: Days) -> None:
    days.store()
    days.database.fetch("UPDATE message SET is_test = true")

    assert [] == days.counted_now()


def test_every_message_waits_was_sent_or_was_not(days: Days) -> None:
    for status in MessageStatus:
        days.store(status=status)

    [line] = days.counted_now()

    assert (15, 3, 5, 7) == (line.accepted, line.waiting, line.not_sent, line.sent)


def test_half_the_deliveries_took_as_long_as_is_told_to_within_one_fortieth(days: Days) -> None:
    days.store(1000)

    [line] = days.counted_now()

    assert line.p50 == pytest.approx(500, rel=1 / 40)
    assert line.p95 == pytest.approx(950, rel=1 / 40)


def test_users_are_those_of_the_message_or_of_the_address(days: Days) -> None:
    first, _ = days.store(2)
    days.database.fetch(
        "UPDATE message SET user_id = 'ada' WHERE message_id = %(id)s", {"id": first}
    )

    found = {line.label: line.accepted for line in days.kept(Analysed.USER)}

    assert {"ada": 1, "": 1} == found


MESSAGES = [UUID(int=(0x019A << 112) + n) for n in range(4)]
HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["Send", "Delivery", "DeliveryDelay", "Bounce", "Complaint", "Open"]),
        st.sampled_from([*range(4), None]),  # None: another application's mail
        st.integers(0, 3),  # days after
        st.integers(0, 50),  # seconds after
    ),
    max_size=20,
)


@given(runs=st.lists(HAPPENINGS, min_size=2, max_size=3))
@settings(max_examples=6)
def test_whenever_events_come_the_days_kept_are_the_days_as_they_are(
    days: Days, runs: list[list[tuple[str, int | None, int, int]]]
) -> None:
    start_over(days)

    for happenings in runs:
        with days.database.transaction() as cursor:
            ingest(cursor, [event_of(*one) for one in happenings])
        days.count()
        days.pass_time(timedelta(days=2))
    days.count()

    for day in (DAY, DAY + timedelta(days=1)):
        for by in KEPT:
            assert days.counted_now(by, day) == days.kept(by, day)


def start_over(days: Days) -> None:
    """Empty the database but for four messages, two of each day and channel."""
    days.now = NEXT_MORNING + timedelta(days=1)
    days.database.fetch("TRUNCATE message_group, message_content, message_event, daily_run CASCADE")
    for number, message_id in enumerate(MESSAGES):
        channel = Channel.TEXT if number % 2 else Channel.EMAIL
        with days.database.transaction() as cursor:
            store_messages(cursor, [message_id], channel=channel, status=MessageStatus.QUEUED)
            cursor.execute("UPDATE message SET created_at = %s WHERE message_id = %s",
                           (NOON + timedelta(days=number // 2), message_id))  # fmt: skip


def event_of(event_type: str, message: int | None, after: int, seconds: int) -> DeliveryEvent:
    at = NOON + timedelta(days=after, seconds=seconds)
    if message is None or message % 2 == 0:
        message_id = None if message is None else MESSAGES[message]
        provider_id = "foreign" if message is None else f"ses-{message}"
        record = email_event(
            event_type, message_id=message_id, provider_message_id=provider_id, occurred_at=at
        )
    else:
        text_type = {"Send": "TEXT_SENT", "Delivery": "TEXT_DELIVERED"}.get(event_type, "TEXT_SPAM")
        record = text_event(
            text_type,
            message_id=MESSAGES[message],
            provider_message_id=f"sms-{message}",
            occurred_at=at,
        )
    parsed = parse_event(encoded(record))
    assert isinstance(parsed, DeliveryEvent)
    return parsed
