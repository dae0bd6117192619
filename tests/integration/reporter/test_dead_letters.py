"""What a queue gave up is kept, and ends with a reason."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from psycopg.rows import DictRow

from message_tracker.core.domain.advice import DEAD_LETTER
from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, MessageId
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.books import BooksStore
from message_tracker.core.store.database import Database
from message_tracker.core.store.dead_letters import DeadLetter, DeadLetterStore
from message_tracker.failed_message_reporter.dead_letters import handler as lambda_handler
from message_tracker.failed_message_reporter.dead_letters.service import DeadLetterService
from tests.failed_messages import IN_PERIOD, NOW, Ledger, a_context

QUEUE = "message-tracker-test-email-dlq"
GIVEN_UP = ("failed", DEAD_LETTER, False)


@pytest.fixture
def letters(database: Database) -> DeadLetterService:
    return DeadLetterService(DeadLetterStore(database), lambda: NOW)


def chunk(*message_ids: UUID) -> str:
    return SendChunk(Channel.EMAIL, message_ids).to_json()


def kept(database: Database) -> Sequence[DictRow]:
    return database.fetch("SELECT queue, sqs_message_id, body FROM dead_letter ORDER BY 2")


def test_messages_never_begun_are_given_up_with_a_reason(
    letters: DeadLetterService, ledger: Ledger, database: Database
) -> None:
    message_ids = [ledger.waiting(), ledger.waiting()]

    given_up = letters.keep(QUEUE, "m-1", chunk(*message_ids))

    assert sorted(message_ids) == sorted(given_up)
    assert [GIVEN_UP, GIVEN_UP] == [ledger.state(message_id) for message_id in message_ids]
    assert BooksStore(database).read().balanced


def test_a_message_in_doubt_is_left_to_the_sweeper(
    letters: DeadLetterService, ledger: Ledger
) -> None:
    begun = ledger.waiting(MessageStatus.SENDING, begun_at=IN_PERIOD)

    letters.keep(QUEUE, "m-1", chunk(begun))

    assert ("sending", None, True) == ledger.state(begun)


def test_a_message_put_off_to_later_is_left_to_the_sweeper(
    letters: DeadLetterService, ledger: Ledger
) -> None:
    deferred = ledger.waiting(due_at=NOW + timedelta(minutes=1))

    letters.keep(QUEUE, "m-1", chunk(deferred))

    assert ("queued", None, True) == ledger.state(deferred)


def test_a_settled_message_stays_as_it_is(letters: DeadLetterService, ledger: Ledger) -> None:
    sent = ledger.message(MessageStatus.SENT)

    letters.keep(QUEUE, "m-1", chunk(sent, new_id()))

    assert ("sent", None, False) == ledger.state(sent)


def test_a_status_is_never_lowered(letters: DeadLetterService, ledger: Ledger) -> None:
    delivered = ledger.waiting(MessageStatus.DELIVERED)

    letters.keep(QUEUE, "m-1", chunk(delivered))

    assert ("delivered", None, False) == ledger.state(delivered)


@pytest.mark.parametrize("body", ["", "not JSON", '{"channel":"email"}', '{"a":1}', "🎉\0\x01"])
def test_a_letter_is_kept_whatever_it_holds(
    letters: DeadLetterService, database: Database, body: str
) -> None:
    given_up = letters.keep(QUEUE, "m-1", body)

    assert [] == given_up
    assert [
        {"queue": QUEUE, "sqs_message_id": "m-1", "body": body.replace("\0", "\ufffd")}
    ] == kept(database)


def test_a_letter_that_comes_twice_is_kept_once(
    letters: DeadLetterService, ledger: Ledger, database: Database
) -> None:
    body = chunk(ledger.waiting())
    letters.keep(QUEUE, "m-1", body)

    given_up = letters.keep(QUEUE, "m-1", body)

    assert [] == given_up
    assert 1 == len(kept(database))


def test_a_repeat_does_not_undo_a_redrive(
    letters: DeadLetterService, ledger: Ledger, database: Database
) -> None:
    message_id = ledger.waiting()
    letters.keep(QUEUE, "m-1", chunk(message_id))
    database.fetch("UPDATE message_state SET status = 'queued', cause = NULL")
    ledger.dispatch(message_id)

    letters.keep(QUEUE, "m-1", chunk(message_id))

    assert ("queued", None, True) == ledger.state(message_id)


def test_a_letter_hides_its_body_in_logs() -> None:
    letter = DeadLetter(QUEUE, "m-1", "jane.doe@example.com", "reason")

    assert f"DeadLetter('{QUEUE}', 'm-1')" == repr(letter)


class GoneForTheFirst(DeadLetterStore):
    def keep(
        self, letter: DeadLetter, message_ids: Sequence[UUID], *, now: datetime
    ) -> list[MessageId]:
        if letter.sqs_message_id == "m-1":
            raise Unavailable("Postgres: gone")
        return super().keep(letter, message_ids, now=now)


def record(sqs_message_id: str, body: str) -> dict[str, str]:
    arn = f"arn:aws:sqs:eu-central-1:123456789012:{QUEUE}"
    return {"messageId": sqs_message_id, "body": body, "eventSourceARN": arn}


def test_the_lambda_keeps_what_it_can_and_names_the_rest(
    monkeypatch: pytest.MonkeyPatch, ledger: Ledger, database: Database
) -> None:
    message_id = ledger.waiting()
    store = GoneForTheFirst(database)
    monkeypatch.setattr(
        lambda_handler, "dead_letters", lambda: DeadLetterService(store, lambda: NOW)
    )

    answer = lambda_handler.handler(
        {"Records": [record("m-1", "{}"), record("m-2", chunk(message_id))]},
        a_context(),
    )

    assert {"batchItemFailures": [{"itemIdentifier": "m-1"}]} == answer
    assert [(QUEUE, "m-2")] == [(row["queue"], row["sqs_message_id"]) for row in kept(database)]
    assert GIVEN_UP == ledger.state(message_id)
