"""The Slot limiter on one DynamoDB item: who may send, and when (arithmetic in domain/slot.py).

The item is the truth, also about the rate: the configured one only serves to create it. Its
attributes are `tat` (sold until, µs since the epoch), `rate` (milli-units/s), `gen` (generation)
and `rid` (last reservation). It must have no time to live: it is created anew when it is gone, but
its leases hold on, and only those that end within the guard of a new timeline are allowed for.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotConnectedError

from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.slot import Bid, Lease, Path, Purchase, Timeline, opening

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Mapping[str, Any]]

_UPDATES = {
    Path.BUSY: "SET rid = :rid ADD tat :cost",
    Path.IDLE: "SET rid = :rid, tat = :end",
}
_CONDITIONS = {
    Path.BUSY: "gen = :gen AND rid <> :rid AND tat >= :floor",
    Path.IDLE: "gen = :gen AND rid <> :rid AND tat < :floor",
}

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


def now_us() -> int:
    """Return this machine's time, as µs since the epoch."""
    return time.time_ns() // 1000


class SlotLimiter:
    """Reserves stretches of the timeline kept in one item, mostly by one write; safe to share.

    Args:
        client: of DynamoDB, without retries.
        table: its key is the string attribute `pk`.
        key: the timeline's, e.g. ``sms#account``.
        rate_milli: milli-units/s of a timeline that has to be created.
        clock: µs since the epoch.
        sleep: waits so many seconds before an unanswered write is tried again.
    """

    def __init__(
        self,
        client: "DynamoDBClient",
        table: str,
        key: str,
        rate_milli: int,
        clock: Callable[[], int] = now_us,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table = table
        self._key = key
        self._rate = rate_milli
        self._clock = clock
        self._sleep = sleep
        self._last: tuple[Timeline | None, Path] = (None, Path.IDLE)

    def reserve(self, units: int) -> Lease:
        """Reserve the next `units` of the timeline.

        Raises `Throttled` when the limiter is paused, `Unavailable` when it cannot be reached.
        """
        purchase = Purchase(units, *self._last)
        delays = _delays()
        for _ in range(_MOST_STEPS):
            try:
                lease = self._step(purchase)
            except (BotoCoreError, ClientError) as error:
                self._wait(delays, error)
            else:
                if lease is not None:
                    return lease
        raise Unavailable(f"the rate limiter's item {self._key} never met its own conditions")

    def _step(self, purchase: Purchase) -> Lease | None:
        bid = purchase.bid(self._clock())
        if bid is None:
            current = self._read() or self._create()
            if current is not None:
                purchase.learn(current)
            return None
        try:
            sold = self._write(bid)
        except ClientError as error:
            lease = purchase.declined(bid, self._found(error))
        else:
            lease = purchase.accepted(bid, sold)
        if lease is not None:
            self._last = (purchase.seen, bid.path)
        return lease

    def _write(self, bid: Bid) -> Timeline:
        response = self._client.update_item(
            TableName=self._table,
            Key={"pk": {"S": self._key}},
            UpdateExpression=_UPDATES[bid.path],
            ConditionExpression=_CONDITIONS[bid.path],
            ExpressionAttributeValues={
                ":rid": {"S": bid.reservation},
                ":gen": _number(bid.generation),
                ":floor": _number(bid.floor),
                **_sold(bid),
            },
            ReturnValues="ALL_NEW",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
        return self._timeline(response["Attributes"])

    def _read(self) -> Timeline | None:
        response = self._client.get_item(
            TableName=self._table, Key={"pk": {"S": self._key}}, ConsistentRead=True
        )
        return self._timeline(response["Item"]) if "Item" in response else None

    def _create(self) -> Timeline | None:
        """Create the item; if another worker was first, return what it created."""
        timeline = opening(self._rate, self._clock())
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    "pk": {"S": self._key},
                    "tat": _number(timeline.sold_until),
                    "rate": _number(timeline.rate),
                    "gen": _number(timeline.generation),
                    "rid": {"S": timeline.reservation},
                },
                ConditionExpression="attribute_not_exists(pk)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return self._found(error)
        return timeline

    def _found(self, error: ClientError) -> Timeline | None:
        """Return the item that did not meet a condition; raise any other error again."""
        if error.response["Error"].get("Code") != _CONDITION_FAILED:
            raise error
        item: Any = error.response.get("Item")
        return self._timeline(item) if item else None

    def _timeline(self, item: Item) -> Timeline:
        try:
            return Timeline(
                sold_until=int(item["tat"]["N"]),
                rate=int(item["rate"]["N"]),
                generation=int(item["gen"]["N"]),
                reservation=item["rid"]["S"],
            )
        except (KeyError, ValueError) as error:
            raise Unavailable(
                f"the rate limiter's item {self._key} in {self._table} is no timeline ({error!r}):"
                " delete it, and it is created anew"
            ) from error

    def _wait(self, delays: Iterator[float], error: BotoCoreError | ClientError) -> None:
        delay = next(delays, None) if _is_transient(error) else None
        if delay is None:
            raise Unavailable(f"the rate limiter's table {self._table}: {_name(error)}") from error
        self._sleep(delay)


def _delays() -> Iterator[float]:
    """Yield how many seconds to wait after each unanswered try but the last, with full jitter."""
    for doublings in range(_TRIES - 1):
        longest = min(_LONGEST_DELAY, _FIRST_DELAY * 2**doublings)
        yield random.uniform(0, longest)  # noqa: S311 - it spreads load and guards no secret


def _is_transient(error: BotoCoreError | ClientError) -> bool:
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code") in _TRANSIENT
    return isinstance(error, HTTPClientError | NotConnectedError)


def _name(error: BotoCoreError | ClientError) -> str:
    if isinstance(error, ClientError):
        return error.response["Error"].get("Code", "")
    return type(error).__name__


def _sold(bid: Bid) -> dict[str, dict[str, str]]:
    if bid.path is Path.BUSY:
        return {":cost": _number(bid.cost)}
    return {":end": _number(bid.now + bid.cost)}


def _number(value: int) -> dict[str, str]:
    return {"N": str(value)}
