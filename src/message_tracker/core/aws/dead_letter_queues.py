"""A dead-letter queue, emptied back into the queue that its letters came from.

SQS does that itself (StartMessageMoveTask). Where that is missing, as in emulators, each letter is
sent first and deleted then: a crash in between doubles a letter and loses none.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from message_tracker.core.aws.sqs import SqsQueue
from message_tracker.core.domain.errors import ConfigurationFault, Unavailable

if TYPE_CHECKING:
    from types_boto3_sqs import SQSClient
    from types_boto3_sqs.type_defs import MessageTypeDef

_SUFFIX: Final = "-dlq"
_MISSING: Final = frozenset(
    {"InvalidAction", "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation"}
)
_WAITS: Final = "ApproximateNumberOfMessages"
_MOST_LETTERS: Final = 10
_HIDDEN_SECONDS: Final = 60
_MOST_LOOKS: Final = 3_600
_SECONDS_BETWEEN_LOOKS: Final = 1.0


class DeadLetterQueue:
    """One of the stack's dead-letter queues, which are called as their source with ``-dlq`` behind.

    Args:
        client: of SQS.
        name: of the queue.
        sleep: waits so many seconds.

    Raises:
        ConfigurationFault: there is no such queue, or its name is not a dead-letter queue's.
    """

    def __init__(self, client: "SQSClient", name: str, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._source_url = _source_url(client, name)
        self._url = _url(client, name)
        self._sleep = sleep

    def waiting(self) -> int:
        """Return about how many letters lie there."""
        attributes = self._client.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(attributes["Attributes"][_WAITS])

    def move(self) -> Iterator[int]:
        """Move what lies there back to its source, and yield how many letters were moved so far.

        Raises:
            Unavailable: SQS stopped before its end; what is left lies where it was.
        """
        try:
            self._client.start_message_move_task(SourceArn=self._arn())
        except ClientError as error:
            if (code := error.response["Error"]["Code"]) not in _MISSING:
                raise Unavailable(f"SQS does not move the letters: {code}") from error
            yield from self._move_by_hand(self.waiting())
        else:
            yield from self._watched()

    def _watched(self) -> Iterator[int]:
        for _ in range(_MOST_LOOKS):
            tasks = self._client.list_message_move_tasks(SourceArn=self._arn(), MaxResults=1)
            task = tasks["Results"][0]
            yield int(task.get("ApproximateNumberOfMessagesMoved", 0))
            if task["Status"] == "COMPLETED":
                return
            if task["Status"] != "RUNNING":
                why = task.get("FailureReason", "no reason was given")
                raise Unavailable(f"SQS ended the move as {task['Status']}: {why}")
            self._sleep(_SECONDS_BETWEEN_LOOKS)
        raise Unavailable("SQS is still moving letters: see list-message-move-tasks")

    def _move_by_hand(self, most: int) -> Iterator[int]:
        """Move so many and no more: a letter that fails again comes back while we look."""
        moved = 0
        while moved < most and (letters := self._receive()):
            sent = self._send(letters)
            moved += len(sent)
            yield moved
            if len(sent) < len(letters):
                raise Unavailable(f"the source took {len(sent)} of {len(letters)} letters")

    def _receive(self) -> "list[MessageTypeDef]":
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=_MOST_LETTERS,
            VisibilityTimeout=_HIDDEN_SECONDS,
            WaitTimeSeconds=1,
        )
        return answer.get("Messages", [])

    def _send(self, letters: "Sequence[MessageTypeDef]") -> "list[MessageTypeDef]":
        answer = self._client.send_message_batch(
            QueueUrl=self._source_url,
            Entries=[
                {"Id": str(number), "MessageBody": letter["Body"]}
                for number, letter in enumerate(letters)
            ],
        )
        sent = [letters[int(entry["Id"])] for entry in answer.get("Successful", [])]
        if sent:
            self._client.delete_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": letter["ReceiptHandle"]}
                    for number, letter in enumerate(sent)
                ],
            )
        return sent

    def _arn(self) -> str:
        attributes = self._client.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=["QueueArn"]
        )
        return attributes["Attributes"]["QueueArn"]


def source_of(client: "SQSClient", name: str) -> SqsQueue:
    """Return the queue whose dead-letter queue has this name; raises `ConfigurationFault`."""
    return SqsQueue(client, _source_url(client, name))


def _source_url(client: "SQSClient", name: str) -> str:
    if not name.endswith(_SUFFIX):
        raise ConfigurationFault(f"{name} is no dead-letter queue: their names end in {_SUFFIX}")
    return _url(client, name.removesuffix(_SUFFIX))


def _url(client: "SQSClient", name: str) -> str:
    try:
        return client.get_queue_url(QueueName=name)["QueueUrl"]
    except client.exceptions.QueueDoesNotExist as error:
        raise ConfigurationFault(
            f"there is no queue {name}: name one of this account and region"
        ) from error
