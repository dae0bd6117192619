"""One item of the limiter's table: its calls, their retries, and its attributes.

The item is a timeline and who decided its rate: `tat` (sold until, µs since the epoch), `rate`
(milli-units/s in force, 0 while paused), `gen` (generation), `rid` (last reservation);
`configured_rate`, `hand_rate` and `account_rate` (0 where there is none), `paused_by` (empty while
it is not); `checked_at` (µs since the epoch, when the provider's account was last looked at).
It must have no time to live: its leases outlive it.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnectedError

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.rate import Pauser, RateSetting
from message_tracker.core.domain.slot import Timeline

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Mapping[str, Any]]
Value = dict[str, str]
Answer = TypeVar("Answer")

_CONDITION_FAILED = "ConditionalCheckFailedException"
_TRANSIENT = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "ReplicatedWriteConflictException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionConflictException",
    }
)

_TRIES = 8  # unanswered ones
_FIRST_DELAY = 0.025  # s
_LONGEST_DELAY = 1.0  # s
_MOST_STEPS = 64  # of any kind: two or three are usual


class ConditionFailed(Exception):
    """The item did not meet the condition; `item` is how it stood, None if there is none."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("the condition was not met")
        self.item = item


class RateTable:
    """The calls on one item; safe to share.

    Args:
        client: of DynamoDB, without retries.
        look_client: the same, for what cannot wait; `client` if there is none.
        table: its key is the string attribute `pk`.
        key: the item's, e.g. ``sms#account``.
        sleep: waits so many seconds before an unanswered call is tried again.
        fraction: returns a random number of [0, 1), for the jitter of those waits.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        key: str,
        *,
        look_client: "DynamoDBClient | None" = None,
        sleep: Callable[[float], None] = time.sleep,
        fraction: Callable[[], float] = random.random,
    ) -> None:
        self._client = client
        self._look_client = look_client or client
        self._sleep = sleep
        self._fraction = fraction
        self.table = table
        self.key = key

    def read(self) -> Item | None:
        """Return the item, None if there is none."""
        return self._read(self._client)

    def look(self) -> Item | None:
        """Return the item as `read` does, or raise soon."""
        return self._read(self._look_client)

    def _read(self, client: "DynamoDBClient") -> Item | None:
        response = self._call(
            client.get_item,
            TableName=self.table,
            Key={"pk": {"S": self.key}},
            ConsistentRead=True,
        )
        item: Item | None = response.get("Item")
        return item

    def create(self, timeline: Timeline, setting: RateSetting) -> None:
        """Create the item; raises `ConditionFailed` when there is one."""
        self._call(
            self._client.put_item,
            TableName=self.table,
            Item={"pk": {"S": self.key}, **attributes(timeline, setting)},
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )

    def update(
        self,
        expression: str,
        condition: str,
        values: Mapping[str, Value],
        names: Mapping[str, str] | None = None,
    ) -> Item:
        """Update the item and return it; raises `ConditionFailed`."""
        response = self._call(
            self._client.update_item,
            TableName=self.table,
            Key={"pk": {"S": self.key}},
            UpdateExpression=expression,
            ConditionExpression=condition,
            ExpressionAttributeValues=dict(values),
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **({"ExpressionAttributeNames": dict(names)} if names else {}),
        )
        item: Item = response["Attributes"]
        return item

    def until_answered(self, step: Callable[[], Answer | None]) -> Answer:
        """Repeat `step` until it returns something; unanswered calls are waited out.

        Raises `Unavailable` when the table cannot be reached.
        """
        delays = _delays(self._fraction)
        for _ in range(_MOST_STEPS):
            try:
                answer = step()
            except (BotoCoreError, ClientError) as error:
                self._wait(delays, error)
            else:
                if answer is not None:
                    return answer
        raise Unavailable(f"the rate limiter's item {self.key} never met its own conditions")

    def timeline(self, item: Item) -> Timeline:
        """Return the item's timeline; raises `Unavailable` when it is none."""
        try:
            return Timeline(
                sold_until=int(item["tat"]["N"]),
                rate=int(item["rate"]["N"]),
                generation=int(item["gen"]["N"]),
                reservation=item["rid"]["S"],
            )
        except (KeyError, ValueError) as error:
            raise self._no_timeline(error) from error

    def setting(self, item: Item) -> RateSetting:
        """Return who decided the item's rate; raises `Unavailable` when it cannot be read."""
        try:
            return RateSetting(
                configured=int(item["configured_rate"]["N"]),
                by_hand=int(item["hand_rate"]["N"]) or None,
                account=int(item["account_rate"]["N"]) or None,
                paused_by=Pauser(item["paused_by"]["S"]) if item["paused_by"]["S"] else None,
            )
        except (KeyError, ValueError) as error:
            raise self._no_timeline(error) from error

    def _call(self, operation: Callable[..., Any], **parameters: object) -> Any:  # noqa: ANN401 - botocore's
        try:
            return operation(**parameters)
        except ClientError as error:
            if error.response["Error"].get("Code") == _CONDITION_FAILED:
                found: Any = error.response.get("Item")
                raise ConditionFailed(found or None) from error
            raise

    def _no_timeline(self, error: Exception) -> Unavailable:
        return Unavailable(
            f"the rate limiter's item {self.key} in {self.table} is no timeline ({error!r}):"
            " delete it, and it is created anew"
        )

    def _wait(self, delays: Iterator[float], error: BotoCoreError | ClientError) -> None:
        delay = next(delays, None) if _is_transient(error) else None
        if delay is None:
            raise Unavailable(f"the rate limiter's table {self.table}: {_name(error)}") from error
        self._sleep(delay)


def attributes(timeline: Timeline, setting: RateSetting) -> dict[str, Value]:
    """Return the attributes of a timeline and its setting, without its key."""
    return {
        "tat": number(timeline.sold_until),
        "rate": number(timeline.rate),
        "gen": number(timeline.generation),
        "rid": {"S": timeline.reservation},
        "configured_rate": number(setting.configured),
        "hand_rate": number(setting.by_hand or 0),
        "account_rate": number(setting.account or 0),
        "paused_by": {"S": setting.paused_by or ""},
    }


def number(value: int) -> Value:
    """Return an attribute's value of type number."""
    return {"N": str(value)}


def _delays(fraction: Callable[[], float]) -> Iterator[float]:
    """Yield how many seconds to wait after each unanswered try but the last, with full jitter."""
    for doublings in range(_TRIES - 1):
        longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2**doublings)
        yield fraction() * longest


def _is_transient(error: BotoCoreError | ClientError) -> bool:
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code") in _TRANSIENT
    return isinstance(error, HTTPClientError | NotConnectedError)


def _name(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code", "")
    return type(error).__name__
