"""Letting go of data: by age, and of one person."""

import gzip
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from message_tracker.cli.main import program
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store import retention as store
from message_tracker.core.store.database import Database
from message_tracker.core.store.events import ingest
from message_tracker.core.store.retention import Personal
from message_tracker.event_processor.archive_records import archive_lines
from message_tracker.event_processor.decompression import decompressed
from message_tracker.event_processor.retention.service import Retention, months_before
from tests.provider_events import JsonObject, email_event, encoded
from tests.stored_messages import a_message, state_of

SOMEONE = "someone@example.com"


def run(database_url: str, *arguments: str, answer: str = "") -> Result:
    environment = {"MT_DATABASE_URL": database_url, "COLUMNS": "200"}
    return CliRunner().invoke(program, arguments, env=environment, input=answer)


def bounced(database: Database, occurred_at: datetime) -> UUID:
    """Store a message of that time that bounced at once."""
    with database.transaction() as cursor:
        message_id = a_message(cursor)
        record = email_event(
            "Bounce",
            message_id=message_id,
            provider_message_id=str(message_id),
            occurred_at=occurred_at,
        )
        event = parse_event(encoded(record))
        assert isinstance(event, DeliveryEvent)
        ingest(cursor, [event])
        cursor.execute(
            "UPDATE message SET created_at = %s, user_id = 'u', data = '{}' WHERE message_id = %s",
            (occurred_at, message_id),
        )
    return message_id


def recipients(database: Database) -> dict[UUID, str]:
    rows = database.fetch("SELECT message_id, recipient FROM message")
    return {row["message_id"]: row["recipient"] for row in rows}


@given(st.datetimes(min_value=datetime(2000, 1, 1)), st.integers(0, 120))  # noqa: DTZ001 - made aware below
def test_months_before_is_the_first_of_a_month(moment: datetime, months: int) -> None:
    aware = moment.replace(tzinfo=UTC)

    first = months_before(aware, months)

    assert first == first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    assert months == (aware.year - first.year) * 12 + aware.month - first.month


def test_personal_data_goes_first_and_the_facts_stay(database: Database, database_url: str) -> None:
    now = datetime.now(UTC)
    old, new = bounced(database, now - timedelta(days=300)), bounced(database, now)

    first, second = run(database_url, "retention"), run(database_url, "retention")

    assert "1 messages older than" in first.output
    assert "0 messages older than" in second.output
    assert {old: "", new: "Someone@Example.com"} == recipients(database)
    with database.transaction() as cursor:
        state = state_of(cursor, old)
    assert (MessageStatus.BOUNCED, None) == (state["status"], state["cause_detail"])
    details = {
        row["message_id"]: row["details"]
        for row in database.fetch(
            "SELECT message_id, event_details(event_type, details, effect) AS details"
            " FROM message_event"
        )
    }
    assert {"suppress": "BOUNCE"} == details[old]
    assert "550 unknown user" in details[new]["diagnostic"]


def test_months_of_events_are_dropped_whole(database: Database, database_url: str) -> None:
    now = datetime.now(UTC)
    database.fetch("SELECT create_message_event_partitions('2020-01-15', 2)")
    bounced(database, datetime(2020, 1, 20, tzinfo=UTC))
    bounced(database, datetime(2019, 5, 1, tzinfo=UTC))
    kept = bounced(database, now)

    result = run(database_url, "retention")

    assert "dropped message_event_2020_01\ndropped message_event_2020_02" in result.output
    assert [{"message_id": kept}] == database.fetch("SELECT message_id FROM message_event")


def daily(database: Database, *, now: datetime, seconds: int = 60) -> Retention:
    """Return the retention of a clock that says `now` and goes on by seconds, asked by asked."""
    ticks = count(0, seconds)
    return Retention(
        database,
        keep_personal_months=6,
        keep_event_months=13,
        now=lambda: now + timedelta(seconds=next(ticks)),
    )


def details_of(database: Database, message_id: UUID) -> object:
    query = (
        "SELECT event_details(event_type, details, effect) AS details"
        " FROM message_event WHERE message_id = %(id)s"
    )
    return database.fetch(query, {"id": message_id})[0]["details"]


def test_a_run_ends_in_time_and_the_next_one_goes_on(database: Database) -> None:
    now = datetime(2026, 9, 10, tzinfo=UTC)
    old = bounced(database, datetime(2026, 1, 1, tzinfo=UTC))

    late = daily(database, now=now).run(now)
    cut_short = daily(database, now=now).run(now + timedelta(seconds=170))
    last = daily(database, now=now).run(now + timedelta(hours=1))

    assert [(0, 0), (1, 0), (0, 1)] == [
        (each.recipients, each.details) for each in (late, cut_short, last)
    ]
    assert {old: ""} == recipients(database)


def test_a_run_cut_short_is_gone_on_with_where_it_ended(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "_MOST", 2)
    now = datetime(2026, 9, 10, tzinfo=UTC)
    sent = [bounced(database, datetime(2026, 1, day, tzinfo=UTC)) for day in range(1, 6)]

    cut_short = daily(database, now=now, seconds=1).run(now + timedelta(seconds=3))
    done = store.progress(database, Personal.RECIPIENTS)
    rest = daily(database, now=now).run(now + timedelta(hours=1))

    assert (2, 3) == (cut_short.recipients, rest.recipients)
    assert done is not None
    assert datetime(2026, 1, 2, tzinfo=UTC) == done.done_before
    assert dict.fromkeys(sent, "") == recipients(database)


def test_what_an_earlier_run_was_done_with_is_looked_at_only_on_demand(database: Database) -> None:
    now = datetime(2026, 9, 10, tzinfo=UTC)
    old = bounced(database, datetime(2026, 1, 1, tzinfo=UTC))
    database.fetch("UPDATE message_event SET received_at = occurred_at")
    daily(database, now=now).run(now + timedelta(hours=1))
    database.fetch("UPDATE message SET recipient = 'x'")
    database.fetch("UPDATE message_event SET recipient = 'x'")

    again = daily(database, now=now).run(now + timedelta(hours=1))
    kept = recipients(database)
    thorough = daily(database, now=now).run(now + timedelta(hours=1), is_thorough=True)

    assert ((0, 0), {old: "x"}) == ((again.recipients, again.details), kept)
    assert ((1, 1), {old: ""}) == ((thorough.recipients, thorough.details), recipients(database))


def test_what_became_old_since_is_let_go_of_by_the_next_run(database: Database) -> None:
    now = datetime(2026, 9, 10, tzinfo=UTC)
    bounced(database, datetime(2026, 1, 1, tzinfo=UTC))
    new = bounced(database, datetime(2026, 3, 1, tzinfo=UTC))

    one = daily(database, now=now).run(now + timedelta(hours=1))
    details = details_of(database, new)
    month_later = now + timedelta(days=30)
    next_one = daily(database, now=month_later).run(month_later + timedelta(hours=1))

    assert {"suppress": "BOUNCE"} != details
    assert {"suppress": "BOUNCE"} == details_of(database, new)
    assert [(1, 1), (1, 1)] == [(each.recipients, each.details) for each in (one, next_one)]


def test_an_event_that_comes_late_loses_its_details_too(database: Database) -> None:
    now = datetime.now(UTC)
    old = months_before(now, 9)
    bounced(database, old)
    daily(database, now=now).run(now + timedelta(hours=1))
    late = bounced(database, old - timedelta(days=40))

    daily(database, now=now).run(now + timedelta(hours=1))

    assert {"suppress": "BOUNCE"} == details_of(database, late)


def test_what_is_not_settled_keeps_its_recipient_until_it_is(
    database: Database, database_url: str
) -> None:
    old = bounced(database, datetime(2020, 1, 20, tzinfo=UTC))
    database.fetch(
        "INSERT INTO dispatch (message_id, group_id, channel, kind, units, due_at, on_unconfirmed)"
        " SELECT message_id, group_id, channel, kind, 1, now(), on_unconfirmed FROM message"
    )

    run(database_url, "retention")
    kept = recipients(database)
    database.fetch("DELETE FROM dispatch")
    now = datetime.now(UTC)
    once_settled = daily(database, now=now).run(now + timedelta(hours=1))

    assert {old: "Someone@Example.com"} == kept
    assert (1, {old: ""}) == (once_settled.recipients, recipients(database))


def test_a_person_is_forgotten_and_counts_stay(database: Database, database_url: str) -> None:
    message_id = bounced(database, datetime.now(UTC))
    with database.transaction() as cursor:
        other = a_message(cursor, channel=Channel.TEXT)
        cursor.execute("UPDATE message SET recipient = '+15550' WHERE message_id = %s", (other,))

    result = run(database_url, "forget", SOMEONE.upper(), "--yes")

    assert "1 messages, 1 events, 0 audiences, 0 suppressions forgotten" in result.output
    assert "the archive was not searched" in result.output
    assert {message_id: "", other: "+15550"} == recipients(database)
    with database.transaction() as cursor:
        state = state_of(cursor, message_id)
    assert (MessageStatus.BOUNCED, None) == (state["status"], state["cause_detail"])
    assert [{"address": SOMEONE}] == database.fetch("SELECT address FROM suppression")


def test_mail_of_other_applications_is_forgotten_too(database: Database, database_url: str) -> None:
    event = parse_event(encoded(email_event("Open", message_id=None)))
    assert isinstance(event, DeliveryEvent)
    with database.transaction() as cursor:
        ingest(cursor, [event])
    database.fetch("INSERT INTO soft_bounce (address, days) VALUES (%(a)s, '{}')", {"a": SOMEONE})

    run(database_url, "forget", SOMEONE, "--yes")

    rows = database.fetch("SELECT recipient, user_id, details FROM message_event")
    assert [{"recipient": None, "user_id": None, "details": None}] == rows
    assert [] == database.fetch("SELECT FROM soft_bounce")


def test_the_suppression_goes_only_when_that_is_asked(
    database: Database, database_url: str
) -> None:
    bounced(database, datetime.now(UTC))

    run(database_url, "forget", SOMEONE, "--yes", "--with-suppression")

    assert [] == database.fetch("SELECT address FROM suppression")


def test_what_was_written_to_them_alone_is_emptied(database: Database, database_url: str) -> None:
    bounced(database, datetime.now(UTC))
    database.fetch("UPDATE message_content SET body = 'Dear someone'")

    run(database_url, "forget", SOMEONE, "--yes")

    assert [{"body": None}] == database.fetch("SELECT body FROM message_content")


def test_what_waits_to_be_sent_is_stopped(database: Database, database_url: str) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor, status=MessageStatus.QUEUED)
        cursor.execute(
            "INSERT INTO dispatch (message_id, group_id, channel, kind, units, due_at,"
            " on_unconfirmed)"
            " SELECT message_id, group_id, channel, kind, 1, now(), on_unconfirmed FROM message"
        )

    run(database_url, "forget", SOMEONE, "--yes")

    with database.transaction() as cursor:
        assert MessageStatus.STOPPED == state_of(cursor, message_id)["status"]
    assert [] == database.fetch("SELECT FROM dispatch")


def test_who_does_not_say_yes_forgets_nobody(database: Database, database_url: str) -> None:
    message_id = bounced(database, datetime.now(UTC))

    result = run(database_url, "forget", SOMEONE, answer="n\n")

    assert result.exit_code == 1
    assert {message_id: "Someone@Example.com"} == recipients(database)


@pytest.mark.parametrize("is_gzip", [True, False], ids=["gzip", "plain"])
def test_the_archive_is_rewritten_without_them(
    database: Database, database_url: str, tmp_path: Path, *, is_gzip: bool
) -> None:
    message_id = bounced(database, datetime.now(UTC))
    theirs = email_event("Open", message_id=None)
    by_id = email_event("Open", message_id=message_id)
    by_id["mail"]["destination"] = ["hidden"]
    longer = email_event("Open", message_id=None)
    longer["mail"]["destination"] = ["not.someone@example.com", "someone@example.com.au"]
    body = b"".join(map(encoded, [theirs, longer, by_id]))
    (tmp_path / "1").write_bytes(gzip.compress(body) if is_gzip else body)
    (tmp_path / "2").write_bytes(untouched := encoded(longer))

    result = run(database_url, "forget", SOMEONE, "--yes", "--archive", tmp_path.as_uri())

    assert "2 events deleted from 1 archived objects" in result.output
    assert records(tmp_path / "1") == [longer_line(longer)]
    assert untouched == (tmp_path / "2").read_bytes()


def records(path: Path) -> list[bytes]:
    with path.open("rb") as stream:
        return [line for _, line in archive_lines(decompressed(stream))]


def longer_line(record: JsonObject) -> bytes:
    return encoded(record)
