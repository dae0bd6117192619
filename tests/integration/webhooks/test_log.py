"""What was called is kept for a month, can be read in pages, and can be owed once more."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.webhooks.verdict import Answer, Verdict
from message_tracker.core.store.callbacks import Callbacks, Called
from message_tracker.core.store.database import Database
from message_tracker.event_processor.retention.service import Retention
from tests.callbacks import a_webhook, owed

NOW = datetime.now(UTC)
DONE = Answer(200, 5), Verdict(is_delivered=True)
GIVEN_UP = Answer(500, 5), Verdict(is_delivered=False)


def called(
    database: Database, webhook_id: UUID, outcome: tuple[Answer, Verdict], count: int = 1
) -> list[UUID]:
    """Owe so many, call them with this outcome, and return their ids."""
    callbacks, ids = Callbacks(database), [new_id() for _ in range(count)]
    for each in ids:
        callbacks.owe_test(webhook_id, each, now=NOW)
    due = callbacks.claim(new_id(), most=count, now=NOW, until=NOW + timedelta(minutes=1))
    callbacks.record([Called(each, *outcome) for each in due], now=NOW)
    database.fetch("UPDATE webhook_endpoint SET failing_since = NULL")
    return ids


def test_the_log_has_the_latest_first_in_pages(database: Database) -> None:
    webhook_id = a_webhook(database)
    ids = called(database, webhook_id, DONE, 5)
    called(database, a_webhook(database), DONE)
    callbacks = Callbacks(database)

    first = callbacks.log(webhook_id, before=None, most=3)
    second = callbacks.log(webhook_id, before=first[-1].callback_id, most=3)

    assert ids[::-1] == [each.callback_id for each in first + second]
    assert {(200, 5, 1)} == {(each.answer_status, each.latency_ms, each.attempts) for each in first}


def test_a_delivery_is_owed_once_more_whatever_came_of_it(database: Database) -> None:
    webhook_id = a_webhook(database)
    [callback_id] = called(database, webhook_id, DONE)
    callbacks = Callbacks(database)

    replayed = callbacks.replay(webhook_id, callback_id, now=NOW)

    [row] = owed(database)
    assert (1, 0) == (replayed, callbacks.replay(webhook_id, new_id(), now=NOW))
    assert (NOW, 0, None) == (row["due_at"], row["attempts"], row["delivered_at"])


def test_what_was_given_up_since_then_is_owed_once_more(database: Database) -> None:
    webhook_id = a_webhook(database)
    given_up = called(database, webhook_id, GIVEN_UP, 2)
    called(database, webhook_id, DONE, 3)
    callbacks = Callbacks(database)

    none = callbacks.replay_since(
        webhook_id, NOW + timedelta(seconds=1), with_delivered=True, now=NOW
    )
    some = callbacks.replay_since(webhook_id, NOW, with_delivered=False, now=NOW)
    due = callbacks.claim(new_id(), most=9, now=NOW, until=NOW)
    rest = callbacks.replay_since(webhook_id, NOW, with_delivered=True, now=NOW)

    assert (0, 2, 3) == (none, some, rest)
    assert set(given_up) == {each.callback.callback_id for each in due}


def test_deliveries_are_forgotten_after_a_month(database: Database) -> None:
    called(database, a_webhook(database), DONE, 3)
    clock = [NOW + timedelta(days=29)]
    retention = Retention(database, 6, 13, lambda: clock[0])

    early = retention.run(clock[0] + timedelta(minutes=1)).deliveries
    clock[0] += timedelta(days=2)
    late = retention.run(clock[0] + timedelta(minutes=1)).deliveries

    assert (0, 3) == (early, late)
    assert [] == owed(database)
