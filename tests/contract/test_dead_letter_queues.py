"""Letters go back to the queue they came from, by SQS itself or by hand."""

import json
from collections.abc import Callable

import boto3
import pytest
from botocore.exceptions import ClientError

from message_tracker.core.aws.clients import queue_client
from message_tracker.core.aws.dead_letter_queues import DeadLetterQueue
from message_tracker.core.domain.errors import ConfigurationFault, Unavailable

NAME = "message-tracker-test-event"
BODIES = [f'{{"letter": {number}}}' for number in range(23)]


@pytest.fixture
def letters(aws: None) -> DeadLetterQueue:
    """The queue with 23 letters."""
    client = boto3.client("sqs")
    dead = client.create_queue(QueueName=f"{NAME}-dlq")["QueueUrl"]
    arn = client.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])
    target = {"deadLetterTargetArn": arn["Attributes"]["QueueArn"], "maxReceiveCount": 10}
    client.create_queue(QueueName=NAME, Attributes={"RedrivePolicy": json.dumps(target)})
    for body in BODIES:
        client.send_message(QueueUrl=dead, MessageBody=body)
    return DeadLetterQueue(queue_client(), f"{NAME}-dlq", lambda _: None)


def bodies(name: str) -> list[str]:
    client = boto3.client("sqs")
    url = client.get_queue_url(QueueName=name)["QueueUrl"]
    found: list[str] = []
    for _ in range(10):
        answer = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
        found += [message["Body"] for message in answer.get("Messages", [])]
    return sorted(found)


def refusing(operation: str, code: str) -> Callable[..., None]:
    def refuse(**_: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    return refuse


def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse = refusing("StartMessageMoveTask", "InvalidAction")
    monkeypatch.setattr(queue_client(), "start_message_move_task", refuse)


def test_sqs_moves_the_letters_and_says_how_many(
    letters: DeadLetterQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[dict[str, str]] = []
    done = {"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 23}
    going = iter([{"Status": "RUNNING", "ApproximateNumberOfMessagesMoved": 9}, done])
    client = queue_client()
    monkeypatch.setattr(client, "start_message_move_task", lambda **asked: started.append(asked))
    monkeypatch.setattr(client, "list_message_move_tasks", lambda **_: {"Results": [next(going)]})

    assert [9, 23] == list(letters.move())
    assert [{"SourceArn": f"arn:aws:sqs:us-east-1:123456789012:{NAME}-dlq"}] == started


@pytest.mark.parametrize("status", ["FAILED", "CANCELLED"])
def test_a_move_that_sqs_gives_up_is_told(
    letters: DeadLetterQueue, monkeypatch: pytest.MonkeyPatch, status: str
) -> None:
    task = {"Status": status, "FailureReason": "the source is gone"}
    client = queue_client()
    monkeypatch.setattr(client, "start_message_move_task", lambda **_: None)
    monkeypatch.setattr(client, "list_message_move_tasks", lambda **_: {"Results": [task]})

    with pytest.raises(Unavailable, match="the source is gone"):
        list(letters.move())


def test_where_sqs_cannot_letters_are_moved_by_hand(
    letters: DeadLetterQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(monkeypatch)

    waited, moved = letters.waiting(), list(letters.move())

    assert (23, [10, 20, 23]) == (waited, moved)
    assert (sorted(BODIES), []) == (bodies(NAME), bodies(f"{NAME}-dlq"))
    assert [] == list(letters.move())


def test_a_letter_that_the_source_does_not_take_stays(
    letters: DeadLetterQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand(monkeypatch)
    monkeypatch.setattr(queue_client(), "send_message_batch", lambda **_: {"Failed": []})

    with pytest.raises(Unavailable, match="took 0 of 10"):
        list(letters.move())

    assert (13, []) == (letters.waiting(), bodies(NAME))


def test_another_refusal_is_no_missing_service(
    letters: DeadLetterQueue, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse = refusing("StartMessageMoveTask", "AccessDenied")
    monkeypatch.setattr(queue_client(), "start_message_move_task", refuse)

    with pytest.raises(Unavailable, match="AccessDenied"):
        list(letters.move())


@pytest.mark.parametrize("name", [NAME, "unheard-of-dlq"])
def test_a_name_that_is_no_dead_letter_queue_s_is_refused(aws: None, name: str) -> None:
    with pytest.raises(ConfigurationFault, match=name.removesuffix("-dlq")):
        DeadLetterQueue(queue_client(), name, lambda _: None)
