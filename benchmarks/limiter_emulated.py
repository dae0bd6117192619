"""The Slot limiter in real time, against the emulator's DynamoDB: a few senders, some seconds."""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import TYPE_CHECKING, Any

import boto3

from benchmarks.send_measures import excess, most_in_a_second
from benchmarks.virtual_time import EPOCH
from message_tracker.core.aws.rate_limiter import SlotLimiter
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.aws.server_time import learn_time
from message_tracker.core.domain.skew import Skew
from message_tracker.local.clients import client_options
from message_tracker.local.emulator import emulator
from message_tracker.sender.clock import SystemClock
from message_tracker.sender.leasing import Leasing
from message_tracker.sender.pacing import Call, call_at_slots

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

_WORKERS = 4
_BATCH = 10
_SEED = 23
_TABLE = "limiter"


def emulated(rate: int, sizes: Sequence[int], *, seconds: int) -> dict[str, float]:
    """Return the figures of a run of so many seconds, and by how many ms the clock was shifted."""
    with emulator() as running, ThreadPoolExecutor(_WORKERS) as senders:
        client = boto3.client("dynamodb", **client_options(running.endpoint_url))
        _make_table(client)
        calls = _count_calls(client)
        skew = Skew()
        until = time.time_ns() // 1000 + seconds * 1_000_000
        sends = [
            send
            for part in senders.map(
                lambda seed: _send(client, rate, sizes, seed, until, skew), range(_WORKERS)
            )
            for send in part
        ]
    return {**_figures(sorted(sends), rate, calls), "clock_shift_ms": skew.shift / 1000}


def _send(
    client: "DynamoDBClient", rate: int, sizes: Sequence[int], seed: int, until: int, skew: Skew
) -> list[tuple[int, int]]:
    clock = SystemClock(skew)
    learn_time(client, skew, clock.shown_us)
    limiter = SlotLimiter(RateTable(client, _TABLE, "sms"), rate, clock.now_us)
    leasing = Leasing(clock, Random(seed).random)
    random = Random(_SEED + seed)
    sends: list[tuple[int, int]] = []
    with ThreadPoolExecutor(4) as pool:
        while clock.now_us() < until:
            batch = random.choices(sizes, k=_BATCH)
            lease = leasing.lease(limiter, batch, is_marketing=False, end_by=until)
            if lease is None:
                break
            calls = [
                Call(slot, lambda size=size: sends.append((clock.now_us(), size)))  # type: ignore[misc] # a bound default
                for size, slot in zip(batch, lease.slots, strict=False)
            ]
            call_at_slots(calls, pool=pool, clock=clock)
    return sends


def _figures(sends: list[tuple[int, int]], rate: int, calls: Counter[str]) -> dict[str, float]:
    units = sum(size for _, size in sends)
    span = (sends[-1][0] - sends[0][0]) / 1e6
    since_first = [(at - sends[0][0] + EPOCH, size) for at, size in sends]
    return {
        "utilisation": round((units - sends[-1][1]) * 1000 / (rate * span), 4),
        "burst": round(excess(since_first, rate), 2),
        "max_in_1s": most_in_a_second(sends),
        "writes_per_segment": round(calls["UpdateItem"] / units, 4),
        "failed_writes": round(calls["failed"] / calls["UpdateItem"], 4),
    }


def _make_table(client: "DynamoDBClient") -> None:
    client.create_table(
        TableName=_TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )


def _count_calls(client: "DynamoDBClient") -> Counter[str]:
    calls: Counter[str] = Counter()

    def count(http_response: Any, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        calls[model.name] += 1
        calls["failed"] += model.name == "UpdateItem" and http_response.status_code != 200

    client.meta.events.register("after-call", count)
    return calls
