"""One DynamoDB item in virtual time: conditional writes, a network, and as many faults as asked.

It evaluates the very expressions that the product sends, as far as they go: comparisons joined by
AND, `attribute_exists` and `attribute_not_exists`, SET and ADD.
"""

import operator
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from copy import deepcopy
from dataclasses import dataclass
from random import Random
from typing import Any, NoReturn, TypeVar

from botocore.exceptions import ClientError, ReadTimeoutError

from benchmarks.virtual_time import VirtualTime

TIMEOUT = 500_000
"""µs after which an unanswered call is given up, as `clients.LIMITER` says."""

LOOK_TIMEOUT = 100_000
"""The same, of `clients.LOOK`."""

Item = dict[str, dict[str, str]]
T = TypeVar("T")
Learn = Callable[[], AbstractContextManager[None]]
"""Makes what learns the time from one answer, unless that never comes."""

_COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Weather:
    """How often things go wrong, each a probability, and how long a call takes (µs).

    A network's way takes half of `slow` at most, or, with `median`, is log-normal around half of
    that.
    """

    lost_request: float = 0.0  # never arrives
    lost_answer: float = 0.0  # arrives and is applied, but nobody hears of it
    doubled: float = 0.0  # applied a second time, later
    throttled: float = 0.0  # answered with "later"
    crash: float = 0.0  # the sender forgets its lease
    starved: float = 0.0  # a send waits for the processor, up to twice the grace
    slow: int = 10_000
    median: int = 0


class ConditionFailed(Exception):
    """The item did not meet the condition."""


class VirtualItem:
    """The item, and the counts of what was asked of it."""

    def __init__(self, time: VirtualTime, random: Random, weather: Weather) -> None:
        self.item: Item | None = None
        self.is_down = False
        self.reads = self.writes = self.failed_writes = 0
        self._time = time
        self._random = random
        self._weather = weather

    def read(self, timeout: int = TIMEOUT) -> Item | None:
        """Return a copy of the item, consistently read."""
        self.reads += 1
        return self._over_the_network(lambda: deepcopy(self.item), timeout)

    def write(self, change: Callable[[Item | None], Item]) -> Item:
        """Replace the item by what `change` makes of it; it may raise `ConditionFailed`."""

        def apply() -> Item:
            self.writes += 1
            try:
                self.item = change(self.item)
            except ConditionFailed:
                self.failed_writes += 1
                raise
            return deepcopy(self.item)

        if self._happens(self._weather.doubled):
            self._time.at(self._time.now + self._random.randrange(2 * TIMEOUT), _quietly(apply))
        return self._over_the_network(apply)

    def _over_the_network(self, apply: Callable[[], T], timeout: int = TIMEOUT) -> T:
        began = self._time.now
        self._time.sleep(self._way())
        if self.is_down or self._happens(self._weather.lost_request):
            self._time_out(began + timeout)
        if self._happens(self._weather.throttled):
            raise client_error("ThrottlingException")
        try:
            return apply()
        finally:
            answered = self._time.now + self._way()
            if self._happens(self._weather.lost_answer) or answered > began + timeout:
                self._time_out(began + timeout)
            self._time.sleep_until(answered)

    def _time_out(self, at: int) -> NoReturn:
        self._time.sleep_until(max(self._time.now, at))
        raise ReadTimeoutError(endpoint_url="dynamodb")

    def _way(self) -> int:
        if self._weather.median:
            return round(self._weather.median / 2 * self._random.lognormvariate(0, 0.4))
        return self._random.randrange(self._weather.slow // 2 + 1)

    def _happens(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability


class VirtualClient:
    """What the product takes for a DynamoDB client; `timeout` is of its reads."""

    def __init__(self, item: VirtualItem, learn: Learn, timeout: int = TIMEOUT) -> None:
        self._item = item
        self._learn = learn
        self._timeout = timeout

    def get_item(self, **_: object) -> dict[str, Any]:
        """Do as DynamoDB does."""
        with self._learn():
            found = self._item.read(self._timeout)
        return {"Item": found} if found else {}

    def put_item(self, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3
        """Do as DynamoDB does."""
        self._write(parameters, lambda _: dict(parameters["Item"]))
        return {}

    def update_item(self, **parameters: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3
        """Do as DynamoDB does."""
        new = self._write(parameters, lambda old: _updated(old or {}, parameters))
        return {"Attributes": new}

    def _write(self, parameters: Mapping[str, Any], change: Callable[[Item | None], Item]) -> Item:
        found: list[Item | None] = []

        def checked(old: Item | None) -> Item:
            found[:] = [deepcopy(old)]
            if not meets(old, parameters):
                raise ConditionFailed
            return change(old)

        with self._learn():
            try:
                return self._item.write(checked)
            except ConditionFailed:
                pass
        raise client_error("ConditionalCheckFailedException", found[0])


def meets(item: Item | None, parameters: Mapping[str, Any]) -> bool:
    """Whether the item meets the call's condition."""
    values = parameters.get("ExpressionAttributeValues", {})
    return all(
        _holds(term, item or {}, values)
        for term in parameters["ConditionExpression"].split(" AND ")
    )


def _holds(term: str, item: Item, values: Mapping[str, dict[str, str]]) -> bool:
    if match := re.fullmatch(r"attribute_(not_)?exists\((\w+)\)", term):
        return (match[2] in item) == (match[1] is None)
    name, sign, value = term.split(" ")
    return name in item and _COMPARISONS[sign](_plain(item[name]), _plain(values[value]))


def _updated(old: Item, parameters: Mapping[str, Any]) -> Item:
    names = parameters.get("ExpressionAttributeNames", {})
    values = parameters["ExpressionAttributeValues"]
    assignments, _, addition = parameters["UpdateExpression"].partition("ADD ")
    new = {**old, **({} if old else parameters["Key"])}
    for assignment in filter(None, assignments.removeprefix("SET ").strip().split(", ")):
        name, value = assignment.split(" = ")
        new[names.get(name, name)] = values[value]
    if addition:
        name, value = addition.split(" ")
        new[name] = {"N": str(int(old[name]["N"]) + int(values[value]["N"]))}
    return new


def client_error(code: str, item: Item | None = None) -> ClientError:
    """Return an error as botocore raises it."""
    response: Any = {"Error": {"Code": code}}
    if item:
        response["Item"] = item
    return ClientError(response, "UpdateItem")


def _plain(value: Mapping[str, str]) -> int | str:
    return int(value["N"]) if "N" in value else value["S"]


def _quietly(apply: Callable[[], object]) -> Callable[[], None]:
    def act() -> None:
        try:
            apply()
        except ConditionFailed:
            return

    return act
