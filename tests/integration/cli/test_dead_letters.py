"""`message-tracker dead-letters`, and `redrive --dlq`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from message_tracker.cli.main import program
from message_tracker.core.aws.clients import queue_client
from message_tracker.core.domain.chunk import SendChunk
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel
from message_tracker.core.store.database import Database
from message_tracker.core.store.dead_letters import DeadLetter, DeadLetterStore

NAME = "message-tracker-test-event"
BODY = '{"eventType": "Bounce", "to": "jane.doe@example.com"}'


@pytest.fixture(autouse=True)
def queue_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The source queue, in an AWS account in this process that has its dead-letter queue too."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    queue_client.cache_clear()
    with mock_aws():
        client = boto3.client("sqs")
        dead = client.create_queue(QueueName=f"{NAME}-dlq")["QueueUrl"]
        arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
        target = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 10}
        source = client.create_queue(
            QueueName=NAME, Attributes={"RedrivePolicy": json.dumps(target)}
        )
        yield source["QueueUrl"]
    queue_client.cache_clear()


def bodies(url: str) -> list[str]:
    answer = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    return [message["Body"] for message in answer.get("Messages", [])]


def run(database_url: str, *arguments: str) -> Result:
    environment = {"MT_DATABASE_URL": database_url, "COLUMNS": "250"}
    return CliRunner().invoke(program, arguments, env=environment)


def letter(database: Database, body: str = BODY) -> UUID:
    """Keep a letter and return its id."""
    kept = DeadLetter(f"{NAME}-dlq", str(new_id()), body, "its reader failed on it")
    DeadLetterStore(database).keep(kept, (), now=datetime.now(UTC))
    [row] = DeadLetterStore(database).latest(None, 1)
    return row.dead_letter_id


def test_letters_are_listed_without_their_bodies_and_shown_with_them(
    database: Database, database_url: str
) -> None:
    letter_id = letter(database)

    listed = run(database_url, "dead-letters", "list").output
    shown = json.loads(run(database_url, "dead-letters", "show", str(letter_id)).output)

    assert str(letter_id) in listed
    assert "its reader failed on it" in listed
    assert "jane.doe" not in listed
    assert (BODY, f"{NAME}-dlq", None) == (shown["body"], shown["queue"], shown["sent_back_at"])
    assert str(letter_id) not in run(database_url, "dead-letters", "list", "--queue", "x").output


def test_a_letter_is_sent_back_once(database: Database, database_url: str, queue_url: str) -> None:
    letter_id = str(letter(database))

    first = run(database_url, "dead-letters", "send-back", letter_id)
    second = run(database_url, "dead-letters", "send-back", letter_id)

    assert f"sent back to {NAME}\n" == first.output
    assert "it was sent back at" in second.output
    assert [BODY] == bodies(queue_url)


def test_a_chunk_is_not_sent_back_but_redriven(
    database: Database, database_url: str, queue_url: str
) -> None:
    letter_id = letter(database, SendChunk(Channel.EMAIL, (new_id(),)).to_json())

    refused = run(database_url, "dead-letters", "send-back", str(letter_id))

    assert "redrive --cause sender/DeadLetter" in str(refused.exception)
    assert [] == bodies(queue_url)


def test_a_letter_whose_body_was_deleted_is_not_sent_back(
    database: Database, database_url: str, queue_url: str
) -> None:
    letter_id = letter(database)
    database.fetch("UPDATE dead_letter SET received_at = '2020-01-01'")
    run(database_url, "retention")

    refused = run(database_url, "dead-letters", "send-back", str(letter_id))

    assert "its body was deleted" in str(refused.exception)
    assert [] == bodies(queue_url)


def test_a_person_who_is_forgotten_is_in_no_letter(database: Database, database_url: str) -> None:
    theirs, other = letter(database), letter(database, BODY.replace("jane", "john"))

    run(database_url, "forget", "Jane.Doe@example.com", "--yes")

    store = DeadLetterStore(database)
    kept = [found.body for found in map(store.find, (theirs, other)) if found]
    assert ["", BODY.replace("jane", "john")] == kept


@pytest.mark.parametrize("command", ["show", "send-back"])
def test_a_letter_that_is_not_there_is_told(database_url: str, command: str) -> None:
    assert 1 == run(database_url, "dead-letters", command, str(new_id())).exit_code


def test_a_dead_letter_queue_is_emptied_into_its_source(
    database_url: str, queue_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("sqs")
    client.send_message(QueueUrl=f"{queue_url}-dlq", MessageBody=BODY)
    tasks = [{"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 1}]
    monkeypatch.setattr(queue_client(), "start_message_move_task", lambda **_: None)
    monkeypatch.setattr(queue_client(), "list_message_move_tasks", lambda **_: {"Results": tasks})

    planned = run(database_url, "redrive", "--dlq", f"{NAME}-dlq", "--dry-run").output
    moved = run(database_url, "redrive", "--dlq", f"{NAME}-dlq", "--yes").output

    assert "about 1 letters" in planned
    assert "moved" not in planned
    assert f"1 letters moved back to {NAME}" in moved


def test_a_dead_letter_queue_and_messages_are_not_named_together(database_url: str) -> None:
    both = run(database_url, "redrive", "--dlq", f"{NAME}-dlq", "--group", "spring")

    assert 2 == both.exit_code
