import json
from collections.abc import Callable

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from message_tracker.core.aws.clients import queue_client
from message_tracker.core.aws.sqs import SqsQueue
from message_tracker.core.ports import Queue
from tests.fakes import LARGEST_BODY, FakeQueue

Received = Callable[[], list[str]]
URL = "http://sqs.us-east-1.amazonaws.com/123456789012/chunks"


@pytest.fixture(params=["fake", "sqs"])
def queue_and_received(
    request: pytest.FixtureRequest,
) -> tuple[Queue, Received]:
    if request.param == "fake":
        fake = FakeQueue()
        return fake, lambda: fake.bodies
    request.getfixturevalue("aws")
    url = boto3.client("sqs").create_queue(QueueName="chunks")["QueueUrl"]
    return SqsQueue(queue_client(), url), lambda: receive_all(url)


def receive_all(url: str) -> list[str]:
    client = boto3.client("sqs")
    bodies: list[str] = []
    for _ in range(20):
        messages = client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
        if not messages:
            break
        bodies += [message["Body"] for message in messages]
    return bodies


def test_all_bodies_arrive_however_many(queue_and_received: tuple[Queue, Received]) -> None:
    queue, received = queue_and_received
    bodies = [json.dumps({"chunk": number}) for number in range(57)]

    refused = queue.send(bodies)

    assert refused == []
    assert sorted(received()) == sorted(bodies)


def test_nothing_is_sent_of_nothing(queue_and_received: tuple[Queue, Received]) -> None:
    queue, received = queue_and_received

    refused = queue.send([])

    assert refused == []
    assert received() == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="empty"),
        pytest.param("x" * (LARGEST_BODY + 1), id="too large"),
        pytest.param("a\x00b", id="no character of XML 1.0"),
        pytest.param("\ud800", id="lone surrogate"),
    ],
)
def test_what_no_queue_takes_is_named_and_the_rest_arrives(
    queue_and_received: tuple[Queue, Received], body: str
) -> None:
    queue, received = queue_and_received

    refused = queue.send(["first", body, "last"])

    assert refused == [1]
    assert sorted(received()) == ["first", "last"]


def test_large_bodies_are_split_into_calls_of_one_mebibyte_at_most(aws: None) -> None:
    url = boto3.client("sqs").create_queue(
        QueueName="chunks", Attributes={"MaximumMessageSize": str(LARGEST_BODY)}
    )["QueueUrl"]
    bodies = [letter * (400 * 1024) for letter in "abcde"]

    refused = SqsQueue(queue_client(), url).send(bodies)

    assert refused == []
    assert sorted(receive_all(url)) == bodies


def test_a_refused_entry_is_tried_once_more() -> None:
    client = boto3.client("sqs")
    with Stubber(client) as stubber:
        stubber.add_response("send_message_batch", {"Successful": [], "Failed": [_failure("1")]})
        stubber.add_response(
            "send_message_batch",
            {"Successful": [], "Failed": []},
            {"QueueUrl": URL, "Entries": [{"Id": "1", "MessageBody": "second"}]},
        )

        refused = SqsQueue(client, URL).send(["first", "second"])

        stubber.assert_no_pending_responses()
    assert refused == []


def test_entries_refused_twice_are_named() -> None:
    client = boto3.client("sqs")
    with Stubber(client) as stubber:
        for _ in range(2):
            stubber.add_response(
                "send_message_batch", {"Successful": [], "Failed": [_failure("0"), _failure("2")]}
            )

        refused = SqsQueue(client, URL).send(["first", "second", "third"])

    assert refused == [0, 2]


@pytest.mark.parametrize("code", ["QueueDoesNotExist", "ServiceUnavailable"])
def test_a_queue_that_answers_with_an_error_refuses_every_body(code: str) -> None:
    client = boto3.client("sqs")
    with Stubber(client) as stubber:
        for _ in range(2):
            stubber.add_client_error("send_message_batch", code)

        refused = SqsQueue(client, URL).send(["first", "second"])

    assert refused == [0, 1]


def test_a_queue_that_cannot_be_reached_refuses_every_body(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client = boto3.client("sqs")

    def unreachable(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url=URL)

    monkeypatch.setattr(client, "send_message_batch", unreachable)

    refused = SqsQueue(client, URL).send([str(number) for number in range(25)])

    assert refused == list(range(25))


def _failure(entry: str) -> dict[str, object]:
    return {"Id": entry, "SenderFault": False, "Code": "InternalError"}
