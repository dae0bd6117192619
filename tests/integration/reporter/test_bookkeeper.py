"""A planted loss is found and named."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from message_tracker.core.domain.audit import Audit, FindingKind
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.message import Channel, GroupState
from message_tracker.core.domain.outcome import ChannelFault
from message_tracker.core.store.audit import AuditStore
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from message_tracker.failed_message_reporter.bookkeeper import handler as lambda_module
from message_tracker.failed_message_reporter.bookkeeper.service import Bookkeeper
from tests.failed_messages import a_context
from tests.outbox import Outbox


class FakeCounts:
    """What a provider counted; `None` raises."""

    def __init__(self, counts: Mapping[Channel, int | None]) -> None:
        self.counts = counts

    def sent(self, channel: Channel, since: datetime, until: datetime) -> int | None:
        assert timedelta(hours=24) == until - since
        if (count := self.counts[channel]) is None:
            raise Unavailable("CloudWatch: AccessDenied")
        return count


@pytest.fixture
def outbox(database: Database) -> Outbox:
    """Twelve e-mails and six texts, sent and told of, and two that wait."""
    outbox = Outbox(database)
    for channel, count in ((Channel.EMAIL, 12), (Channel.TEXT, 6)):
        message_ids = outbox.accept(count, channel=channel)
        outbox.send(message_ids, channel)
        for message_id in message_ids:
            told(outbox, message_id, channel)
    outbox.accept(2)
    return outbox


def told(outbox: Outbox, message_id: UUID, channel: Channel) -> None:
    outbox.event(message_id, "sent", channel)


def audit(outbox: Outbox, counts: FakeCounts | None = None, *, is_full: bool = True) -> Audit:
    database = outbox.database
    keeper = Bookkeeper(AuditStore(database), BooksStore(database), counts, outbox.clock.now)
    return keeper.audit(is_full=is_full)


def found(seen: Audit) -> list[tuple[FindingKind, int, tuple[UUID, ...]]]:
    return [(one.kind, one.count, one.message_ids) for one in seen.findings]


def sent(outbox: Outbox) -> UUID:
    rows = outbox.database.fetch(
        "SELECT message_id FROM message_state WHERE status = 'sent' AND channel = 'email' LIMIT 1"
    )
    message_id: UUID = rows[0]["message_id"]
    return message_id


def test_what_was_sent_and_told_of_leaves_nothing_to_find(outbox: Outbox) -> None:
    outbox.clock.advance(timedelta(hours=2))

    seen = audit(outbox)

    assert seen.books is not None
    assert (True, (), 20) == (seen.is_clean, seen.findings, seen.books.total.accepted)
    assert audit(outbox, is_full=False).books is None


def test_a_deleted_status_is_a_lost_message_and_a_wrong_count(outbox: Outbox) -> None:
    lost = sent(outbox)
    outbox.database.fetch("DELETE FROM message_state WHERE message_id = %(id)s", {"id": lost})

    seen = audit(outbox)

    assert (FindingKind.LOST, 1, (lost,)) in found(seen)
    assert FindingKind.MISCOUNTED in {finding.kind for finding in seen.findings}


def test_a_message_of_which_no_row_is_left_is_missed_by_the_counts(outbox: Outbox) -> None:
    gone = sent(outbox)
    [row] = outbox.database.fetch(
        "SELECT group_id FROM message WHERE message_id = %(id)s", {"id": gone}
    )
    for table in ("message_state", "message"):
        outbox.database.fetch(
            f"DELETE FROM {table} WHERE message_id = %(id)s",
            {"id": gone},
        )

    places = {finding.where: finding.count for finding in audit(outbox).findings}

    assert 1 == places[f"group {row['group_id']}, sent: kept 12, counted 11"]
    assert 1 == places["day 2026-11-21, sent: kept 12, counted 11"]
    assert 1 == places["sent in the hour of 2026-11-21 12:00: kept 12, counted 11"]


def test_a_deleted_duty_is_a_forgotten_message(outbox: Outbox) -> None:
    [row] = outbox.database.fetch(
        "DELETE FROM dispatch WHERE message_id = (SELECT min(message_id::text)::uuid FROM dispatch)"
        " RETURNING message_id"
    )

    assert [(FindingKind.FORGOTTEN, 1, (row["message_id"],))] == found(audit(outbox))


def test_an_event_destination_that_is_off_is_found_by_its_channel(outbox: Outbox) -> None:
    message_ids = outbox.accept(25, channel=Channel.TEXT)
    outbox.send(message_ids, Channel.TEXT)

    outbox.clock.advance(timedelta(minutes=59))
    early = audit(outbox, is_full=False)
    outbox.clock.advance(timedelta(minutes=2))
    [finding] = audit(outbox, is_full=False).findings

    assert early.is_clean
    assert (FindingKind.SILENT, Channel.TEXT, 25) == (finding.kind, finding.channel, finding.count)
    assert tuple(sorted(message_ids)[:20]) == finding.message_ids


def test_a_lost_chunk_is_found_by_the_time_it_waits(outbox: Outbox) -> None:
    outbox.clock.advance(timedelta(hours=5, minutes=59))
    early = audit(outbox)
    outbox.clock.advance(timedelta(minutes=2))
    [finding] = audit(outbox, is_full=False).findings

    assert early.is_clean
    assert (FindingKind.OVERDUE, 2) == (finding.kind, finding.count)
    waiting = outbox.database.fetch("SELECT message_id FROM dispatch ORDER BY message_id")
    assert tuple(row["message_id"] for row in waiting) == finding.message_ids


def test_what_is_held_or_parked_is_not_overdue(outbox: Outbox) -> None:
    group_id = outbox.group()
    held = outbox.accept(1, group_id=group_id, channel=Channel.TEXT)
    outbox.order(group_id, GroupState.PAUSED)
    outbox.send(held, Channel.TEXT)
    fault = ChannelFault("ses/SendingPausedException", "no")
    Circuits(outbox.database).open(
        Channel.EMAIL,
        fault,
        outbox.database.fetch("SELECT message_id FROM dispatch LIMIT 1")[0]["message_id"],
        now=outbox.clock.now(),
    )

    outbox.clock.advance(timedelta(days=1))

    assert audit(outbox, is_full=False).is_clean


@pytest.mark.parametrize(
    ("table", "place"),
    [("group_tally", "group "), ("daily_tally", "day "), ("sent_per_hour", "sent in the hour of ")],
)
def test_a_count_that_is_off_is_named(outbox: Outbox, table: str, place: str) -> None:
    outbox.database.fetch("UPDATE tally_change SET changed_at = now() - interval '1 day'")
    outbox.sweep()
    outbox.database.fetch(f"UPDATE {table} SET messages = messages + 3 WHERE messages = 12")

    [finding] = audit(outbox).findings

    assert (FindingKind.MISCOUNTED, 3) == (finding.kind, finding.count)
    assert finding.where.startswith(place)
    assert finding.where.endswith("kept 15, counted 12")


def test_what_the_provider_did_not_count_is_found_and_what_cannot_be_asked_is_said(
    outbox: Outbox,
) -> None:
    message_ids = outbox.accept(40)
    outbox.send(message_ids)
    for message_id in message_ids:
        told(outbox, message_id, Channel.EMAIL)
    outbox.clock.advance(timedelta(hours=3))

    seen = audit(outbox, FakeCounts({Channel.EMAIL: 20, Channel.TEXT: None}), is_full=False)

    assert [(FindingKind.UNCOUNTED, 32, ())] == found(seen)
    assert [(52, 20), (6, None)] == [(one.ours, one.theirs) for one in seen.compared]


def test_balances_are_told_by_hour_group_and_channel(outbox: Outbox) -> None:
    store = AuditStore(outbox.database)

    told = store.balances(outbox.clock.now() - timedelta(hours=1), 10)

    assert [(12, 12, 0), (6, 6, 0), (2, 0, 2)] == sorted(
        [(one.balance.accepted, one.balance.sent, one.balance.waiting) for one in told],
        reverse=True,
    )
    assert all(one.balance.difference == 0 for one in told)
    assert {datetime(2026, 11, 21, 12, tzinfo=UTC)} == {one.hour for one in told}


def test_the_lambda_logs_what_is_off_and_counts_it(
    outbox: Outbox,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    lost = sent(outbox)
    outbox.database.fetch("DELETE FROM message_state WHERE message_id = %(id)s", {"id": lost})
    database = outbox.database
    keeper = Bookkeeper(AuditStore(database), BooksStore(database), None, outbox.clock.now)
    monkeypatch.setattr(lambda_module, "bookkeeper", lambda: keeper)

    recent = lambda_module.handler({}, a_context())
    full = lambda_module.handler({"full": True}, a_context())

    written = capsys.readouterr().out
    logged = [vars(record).get("message_ids") for record in caplog.records]
    assert {"findings": 0, "messages": 0} == recent
    assert full["messages"] >= 1
    assert [str(lost)] in logged
    assert f'"BooksOff":[{full["messages"]}.0]' in written.replace(" ", "")


def test_the_lambda_s_service_is_built_of_its_settings_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MT_STAGE", "dev")
    monkeypatch.setenv("MT_DATABASE_URL", "postgresql:///none")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    lambda_module.bookkeeper.cache_clear()

    built = lambda_module.bookkeeper()

    assert built is lambda_module.bookkeeper()
    assert built.now().tzinfo is not None
    lambda_module.bookkeeper.cache_clear()
