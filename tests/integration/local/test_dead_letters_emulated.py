"""Dead letters go back to their source where SQS cannot move them itself."""

import boto3

from message_tracker.core.aws.dead_letter_queues import DeadLetterQueue
from message_tracker.local.clients import client_options
from message_tracker.local.emulator import Emulator

_NAME = "message-tracker-test-moved"


def test_letters_are_moved_by_hand(aws: Emulator) -> None:
    client = boto3.client("sqs", **client_options(aws.endpoint_url))
    source, dead = (
        client.create_queue(QueueName=name)["QueueUrl"] for name in (_NAME, f"{_NAME}-dlq")
    )
    for number in range(12):
        client.send_message(QueueUrl=dead, MessageBody=f'{{"letter": {number}}}')

    letters = DeadLetterQueue(client, f"{_NAME}-dlq", lambda _: None)
    moved = list(letters.move())

    assert (12, 0) == (moved[-1], letters.waiting())
    there = client.get_queue_attributes(QueueUrl=source, AttributeNames=["All"])["Attributes"]
    assert "12" == there["ApproximateNumberOfMessages"]
