"""Limiters in real time, against the emulator's DynamoDB: a few senders, some seconds each.

The Slot limiter, and beside it the real zae-limiter; one after the other, with the same messages.
"""

import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import boto3

from benchmarks import zae_limiter_peer
from benchmarks.real_time_figures import Send, figures
from benchmarks.zae_limiter_peer import PeerUnavailable
from message_tracker.core.aws.clients import LOOK
from message_tracker.core.aws.rate_limiter import SlotLimiter
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.aws.server_time import learn_time
from message_tracker.core.domain.skew import Skew
from message_tracker.local.clients import ClientOptions, client_options
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


@dataclass(frozen=True, slots=True)
class Emulated:
    """The figures of each limiter that ran, and what is to be known of the others."""

    figures: dict[str, dict[str, float]]
    zae_limiter: str


def emulated(rate: int, sizes: Sequence[int], *, seconds: int) -> Emulated:
    """Run each limiter for so many seconds at `rate` milli-units/s."""
    with emulator() as running:
        measured = {"slot": _slot(running.endpoint_url, rate, sizes, seconds)}
        try:
            measured["zae_limiter"] = _zae_limiter(running.endpoint_url, rate, sizes, seconds)
        except PeerUnavailable as error:
            return Emulated(measured, f"not run, {error}")
    return Emulated(measured, "the library itself, 0.17, with its defaults")


def _zae_limiter(
    endpoint_url: str, rate: int, sizes: Sequence[int], seconds: int
) -> dict[str, float]:
    run = {
        "endpoint_url": endpoint_url,
        "rate": rate // 1000,
        "sizes": list(sizes),
        "workers": _WORKERS,
        "seed": _SEED,
    }
    python = zae_limiter_peer.environment()
    sends, calls = zae_limiter_peer.drive(python, run, seconds=seconds)
    return figures(sends, calls, rate)


def _slot(endpoint_url: str, rate: int, sizes: Sequence[int], seconds: int) -> dict[str, float]:
    options = client_options(endpoint_url)
    fleet = _Fleet(options, rate, sizes, time.time_ns() // 1000 + seconds * 1_000_000)
    with ThreadPoolExecutor(_WORKERS) as senders:
        parts = list(senders.map(fleet.send, range(_WORKERS)))
    sends = [send for part in parts for send in part]
    return {
        **figures(sends, fleet.calls, rate),
        "reads_per_lease": round(fleet.calls["reads"] / fleet.calls["leases"], 4),
        "clock_shift_ms": fleet.skew.shift / 1000,
    }


@dataclass
class _Fleet:
    """Senders on the emulator's item, until `until` (µs since the epoch)."""

    options: ClientOptions
    rate: int
    sizes: Sequence[int]
    until: int
    calls: Counter[str] = field(default_factory=Counter)
    skew: Skew = field(default_factory=Skew)

    def __post_init__(self) -> None:
        self._client = self._counted(self.options)
        self._look_client = self._counted(
            {**self.options, "config": self.options["config"].merge(LOOK)}
        )
        self._client.create_table(
            TableName=_TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def send(self, number: int) -> list[Send]:
        """Be one of the senders; return what it sent."""
        clock = SystemClock(self.skew)
        for client in (self._client, self._look_client):
            learn_time(client, self.skew, clock.shown_us)
        table = RateTable(self._client, _TABLE, "sms", look_client=self._look_client)
        limiter = SlotLimiter(table, self.rate, clock.now_us)
        leasing = Leasing(clock, Random(number).random)
        random = Random(_SEED + number)
        sends: list[Send] = []
        with ThreadPoolExecutor(4) as pool:
            while (began := clock.now_us()) < self.until:
                batch = random.choices(self.sizes, k=_BATCH)
                lease = leasing.lease(limiter, batch, is_marketing=False, end_by=self.until)
                if lease is None:
                    break
                self.calls["leases"] += 1
                calls = [
                    Call(slot, lambda size=size: sends.append(_sent(clock, size, began)))  # type: ignore[misc] # a bound default
                    for size, slot in zip(batch, lease.slots, strict=False)
                ]
                call_at_slots(calls, pool=pool, clock=clock)
        return sends

    def _counted(self, options: ClientOptions) -> "DynamoDBClient":
        client = boto3.client("dynamodb", **options)

        def count(http_response: Any, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
            is_write = model.name in ("UpdateItem", "PutItem")
            self.calls["writes"] += is_write
            self.calls["failed"] += is_write and http_response.status_code != 200
            self.calls["reads"] += model.name == "GetItem"

        client.meta.events.register("after-call", count)
        return client


def _sent(clock: SystemClock, size: int, began: int) -> Send:
    now = clock.now_us()
    return now, size, now - began
