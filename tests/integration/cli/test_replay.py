"""Events once more, out of the archive."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from message_tracker.cli.main import program
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from message_tracker.core.store.events import ingest
from message_tracker.core.store.rebuild import SEARCH_PATH, begin, carry_over, differences
from message_tracker.core.store.retention import Personal, progress
from message_tracker.event_processor.retention.service import Retention
from tests.provider_events import START, JsonObject, at, email_event, encoded, text_event
from tests.stored_messages import a_message, state_of
from tests.tallies import counted, kept

STATE = "SELECT * FROM message_state ORDER BY message_id"
OURS = {"message_id", "group_id", "channel", "attempts", "resent_at", "redriven_at"}
JOINED = {
    *("status", "is_final", "cause", "cause_detail", "status_event_key", "failed_at", "sent_at"),
    "provider_message_id",
}
OF_EVENTS = {
    *("delayed_at", "delivered_at", "bounced_at", "complained_at", "unsubscribed_at"),
    *("opened_at", "last_opened_at", "clicked_at", "last_clicked_at", "last_link"),
    *("open_count", "machine_open_count", "click_count", "machine_click_count"),
}
DETAILS = "SELECT details FROM message_event"
EVENTS = "SELECT * FROM message_event ORDER BY event_key"


def run(database_url: str, *arguments: str) -> Result:
    environment = {"MT_DATABASE_URL": database_url, "COLUMNS": "200"}
    return CliRunner().invoke(program, arguments, env=environment)


def store(database: Database, *records: JsonObject) -> None:
    events = [parse_event(encoded(record)) for record in records]
    with database.transaction() as cursor:
        ingest(cursor, [event for event in events if isinstance(event, DeliveryEvent)])


def put(folder: Path, name: str, *records: JsonObject) -> None:
    (folder / name).write_bytes(gzip.compress(b"\n".join(map(encoded, records))))


@pytest.fixture
def message_ids(database: Database) -> list[UUID]:
    with database.transaction() as cursor:
        return [a_message(cursor, status=MessageStatus.SENT) for _ in range(3)]


def story(message_ids: list[UUID]) -> list[JsonObject]:
    one, two, _ = message_ids
    return [
        email_event("Delivery", message_id=one, provider_message_id="ses-1"),
        email_event("Open", message_id=one, provider_message_id="ses-1", occurred_at=at(5)),
        email_event("Bounce", message_id=two, provider_message_id="ses-2"),
        email_event("Click", message_id=None, provider_message_id="ses-9"),
    ]


def test_a_replay_adds_what_was_missed_and_nothing_twice(
    database: Database, database_url: str, message_ids: list[UUID], tmp_path: Path
) -> None:
    records = story(message_ids)
    store(database, *records[:2])
    put(tmp_path, "1.gz", *records)

    first = run(database_url, "replay", "--from", tmp_path.as_uri())
    after = database.fetch(STATE)
    second = run(database_url, "replay", "--from", tmp_path.as_uri())

    assert "4 events read: 1 new of our messages, 1 new of others" in first.output
    assert "4 events read: 0 new of our messages, 0 new of others" in second.output
    assert after == database.fetch(STATE)
    assert [1, 0, 0] == [row["open_count"] for row in after]
    assert [{"reason": "BOUNCE"}] == database.fetch("SELECT reason FROM suppression")


@pytest.mark.parametrize("command", [["replay"], ["rebuild", "--apply"]])
def test_what_came_back_of_the_archive_is_let_go_of_again(
    database: Database,
    database_url: str,
    message_ids: list[UUID],
    tmp_path: Path,
    command: list[str],
) -> None:
    now = datetime.now(UTC)
    old = email_event("Open", message_id=message_ids[0], occurred_at=now - timedelta(days=300))
    store(database, old)
    put(tmp_path, "1.gz", old)
    retention = Retention(database, 6, 13, lambda: now)
    retention.run(now + timedelta(minutes=1))
    forgotten = database.fetch(DETAILS)

    run(database_url, *command, "--from", tmp_path.as_uri())
    brought_back = database.fetch(DETAILS)
    retention.run(now + timedelta(minutes=1))

    assert [{"details": None}] == forgotten == database.fetch(DETAILS)
    assert forgotten != brought_back


def test_what_a_replay_brought_back_before_it_broke_off_is_let_go_of_too(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = datetime.now(UTC)
    Retention(database, 6, 13, lambda: now).run(now + timedelta(minutes=1))
    done = progress(database, Personal.DETAILS)

    def breaks_off(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("message_tracker.cli.replay.read_all", breaks_off)

    run(database_url, "replay", "--from", tmp_path.as_uri())

    assert done is not None
    assert progress(database, Personal.DETAILS) is None


def test_a_replay_reads_what_was_written_since(
    database_url: str, message_ids: list[UUID], tmp_path: Path
) -> None:
    put(tmp_path, "1.gz", *story(message_ids))

    result = run(database_url, "replay", "--from", tmp_path.as_uri(), "--since", "2999-01-01")

    assert "0 events read" in result.output


def test_a_damaged_object_is_named_and_the_rest_is_read(
    database_url: str, message_ids: list[UUID], tmp_path: Path
) -> None:
    (tmp_path / "broken.gz").write_bytes(b"\x1f\x8b damaged")
    put(tmp_path, "whole.gz", *story(message_ids))

    result = run(database_url, "replay", "--from", tmp_path.as_uri())

    assert result.exit_code == 1
    assert "4 events read" in result.output
    assert "broken.gz: damaged gzip data" in result.output


@pytest.mark.parametrize("source", ["/tmp", "s3:///key", "file:///no/such/folder", "https://x/y"])  # noqa: S108 - refused
def test_a_source_that_is_none_is_refused(database_url: str, source: str) -> None:
    result = run(database_url, "replay", "--from", source)

    assert "--from" in str(result.exception)


def test_a_rebuild_of_the_same_events_finds_no_difference(
    database: Database, database_url: str, message_ids: list[UUID], tmp_path: Path
) -> None:
    store(database, *story(message_ids))
    put(tmp_path, "1.gz", *story(message_ids))
    states, events = database.fetch(STATE), database.fetch(EVENTS)

    shown = run(database_url, "rebuild", "--from", tmp_path.as_uri())
    applied = run(database_url, "rebuild", "--from", tmp_path.as_uri(), "--apply")

    assert "4 same, 0 changed, 0 added, 0 removed" in shown.output
    assert "no difference" in shown.output
    assert "nothing was changed" in shown.output
    assert "applied" in applied.output
    assert (states, events) == (database.fetch(STATE), database.fetch(EVENTS))


def test_a_rebuild_corrects_what_a_fault_left_behind(
    database: Database, database_url: str, message_ids: list[UUID], tmp_path: Path
) -> None:
    store(database, *story(message_ids))
    right = database.fetch(STATE)
    put(tmp_path, "1.gz", *story(message_ids))
    database.fetch("UPDATE message_state SET status = 'complained', open_count = 7, cause = 'x'")
    database.fetch("UPDATE message_event SET status = 'complained' WHERE event_type = 'Delivery'")
    database.fetch("DELETE FROM message_event WHERE event_type = 'Bounce'")
    database.fetch("UPDATE suppression SET address = 'innocent@example.com'")

    shown = run(database_url, "rebuild", "--from", tmp_path.as_uri())
    applied = run(database_url, "rebuild", "--from", tmp_path.as_uri(), "--apply")

    assert "2 same, 1 changed, 1 added, 0 removed" in shown.output
    assert "1 added, 1 removed" in shown.output
    assert str(message_ids[0]) in shown.output
    assert 0 == applied.exit_code
    assert right == database.fetch(STATE)
    assert counted(database) == kept(database)
    assert [{"address": "someone@example.com"}] == database.fetch("SELECT address FROM suppression")
    assert [] == database.fetch("SELECT FROM pg_namespace WHERE nspname = 'rebuild'")


def test_our_own_side_goes_on_while_a_rebuild_runs(
    database: Database, database_url: str, message_ids: list[UUID]
) -> None:
    shadow = Database(lambda: database_url, search_path=SEARCH_PATH)
    begin(shadow, START)
    store(database, *story(message_ids)[:3])
    with database.transaction() as cursor:
        later = a_message(cursor, status=MessageStatus.SENDING)
    store(database, email_event("Complaint", message_id=later, provider_message_id="ses-5"))

    carried = carry_over(shadow, START)
    found = differences(shadow, most_messages=10)
    shadow.close()

    assert 4 == carried
    assert [] == found.statuses
    assert {"same": 4, "changed": 0, "added": 0, "removed": 0} == found.events


def test_what_happened_before_since_stays_without_an_archive(
    database: Database, database_url: str, message_ids: list[UUID], tmp_path: Path
) -> None:
    store(database, *story(message_ids))
    database.fetch("UPDATE message_event SET received_at = now() - interval '1 day'")
    states, events = database.fetch(STATE), database.fetch(EVENTS)

    result = run(
        database_url, "rebuild", "--from", tmp_path.as_uri(), "--since", "2999-01-01", "--apply"
    )

    assert "4 events carried over" in result.output
    assert (states, events) == (database.fetch(STATE), database.fetch(EVENTS))


def test_an_applied_rebuild_leaves_the_same_tables(
    database: Database, database_url: str, message_ids: list[UUID], tmp_path: Path
) -> None:
    catalog = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    partitions = "SELECT relname, pg_get_expr(relpartbound, oid) FROM pg_class WHERE relispartition"
    before = [sorted(map(str, database.fetch(query))) for query in (catalog, partitions)]
    put(tmp_path, "1.gz", *story(message_ids))

    run(database_url, "rebuild", "--from", tmp_path.as_uri(), "--apply")

    after = [sorted(map(str, database.fetch(query))) for query in (catalog, partitions)]
    named = [[line for line in found if "_idx" not in line] for found in (before[0], after[0])]
    assert named[0] == named[1]
    assert len(before[0]) == len(after[0])
    assert [line for line in before[1] if "rebuild" not in line] == after[1]


def test_every_column_of_a_state_is_known_as_the_events_or_as_our_own(database: Database) -> None:
    # A column of our own must be named in rebuild.sql and apply_rebuild.sql: no event restores it.
    rows = database.fetch(
        "SELECT attname::text AS name FROM pg_attribute"
        " WHERE attrelid = 'message_state'::regclass AND attnum > 0"
    )

    assert {row["name"] for row in rows} == OURS | JOINED | OF_EVENTS


def test_what_our_own_side_wrote_outlives_a_rebuild(
    database: Database, database_url: str, message_ids: list[UUID], tmp_path: Path
) -> None:
    store(database, *story(message_ids))
    ours = "SELECT message_id, attempts, resent_at, redriven_at FROM message_state ORDER BY 1"
    database.fetch(
        "UPDATE message_state SET attempts = 2, resent_at = now(),"
        " redriven_at = now(), open_count = 9"
    )
    before = database.fetch(ours)
    put(tmp_path, "1.gz", *story(message_ids))

    run(database_url, "rebuild", "--from", tmp_path.as_uri(), "--apply")

    after = database.fetch(ours)
    assert before == after
    assert [1, 0, 0] == [row["open_count"] for row in database.fetch(STATE)]


def test_days_are_counted_again_after_a_rebuild(
    database: Database, database_url: str, message_ids: list[UUID], tmp_path: Path
) -> None:
    database.fetch("INSERT INTO daily_run (day, counted_at) VALUES ('2026-03-01', now())")
    put(tmp_path, "1.gz", *story(message_ids))

    run(database_url, "rebuild", "--from", tmp_path.as_uri(), "--apply")

    assert [{"is_late": True}] == database.fetch("SELECT is_late FROM daily_run")


def test_text_events_are_rebuilt_too(database: Database, database_url: str, tmp_path: Path) -> None:
    with database.transaction() as cursor:
        message_id = a_message(cursor, channel=Channel.TEXT, provider_message_id="sms-1")
    put(tmp_path, "1.gz", text_event("TEXT_DELIVERED", message_id=None, is_final=True))

    result = run(database_url, "rebuild", "--from", tmp_path.as_uri(), "--apply")

    with database.transaction() as cursor:
        state = state_of(cursor, message_id)
    assert "sending" in result.output
    assert (MessageStatus.DELIVERED, True) == (state["status"], state["is_final"])


def test_what_servers_wrote_of_a_recipient_is_not_shown(
    database: Database, database_url: str, message_ids: list[UUID], tmp_path: Path
) -> None:
    put(tmp_path, "1.gz", *story(message_ids))

    result = run(database_url, "rebuild", "--from", tmp_path.as_uri())

    assert "unknown user" not in result.output
    assert "someone@example.com" not in result.output
    assert json.dumps([]) not in result.output
