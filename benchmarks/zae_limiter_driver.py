"""Sends through the real zae-limiter for some seconds, and prints when it sent what, as JSON.

Run by the interpreter of `zae_limiter_peer`'s environment, which has nothing of ours: its one
argument is a JSON object of `Run`'s fields, and times are µs since the epoch. Every sender has a
limiter of its own, as processes would, and its defaults; it takes a message's units, sends, and
when it is refused sleeps for as long as it is told.
"""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any

from zae_limiter import Limit, RateLimitExceeded, SyncRateLimiter, SyncRepository

_STACK = "peer"
_WRITES = ("PutItem", "UpdateItem", "TransactWriteItems")

Send = tuple[int, int, int]
"""When, how many units, and for how long they waited."""


@dataclass(frozen=True, slots=True)
class Run:
    """What to run: `rate` is units/s, and the capacity of the bucket."""

    endpoint_url: str
    region: str
    rate: int
    sizes: list[int]
    seconds: int
    workers: int
    seed: int


def main() -> None:
    """Run, and print the sends and the writes they took."""
    run = Run(**json.loads(sys.argv[1]))
    SyncRepository(_STACK, region=run.region, endpoint_url=run.endpoint_url).create_table()
    calls: Counter[str] = Counter()
    limiters = [_limiter(run, calls) for _ in range(run.workers)]
    calls.clear()
    until = time.time() + run.seconds
    with ThreadPoolExecutor(run.workers) as senders:
        parts = list(
            senders.map(
                lambda number: _send(run, limiters[number], run.seed + number, until),
                range(run.workers),
            )
        )
    sends = sorted(send for part in parts for send in part)
    json.dump({"sends": sends, "calls": calls}, sys.stdout)


def _limiter(run: Run, calls: Counter[str]) -> SyncRateLimiter:
    repository = (
        SyncRepository.builder()
        .stack(_STACK)
        .region(run.region)
        .endpoint_url(run.endpoint_url)
        .build()
    )

    def count(http_response: Any, model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        if model.name in _WRITES:
            calls["writes"] += 1
            calls["failed"] += http_response.status_code != 200

    repository._get_client().meta.events.register("after-call", count)  # noqa: SLF001 - no other way to count
    return SyncRateLimiter(repository=repository)


def _send(run: Run, limiter: SyncRateLimiter, seed: int, until: float) -> list[Send]:
    random = Random(seed)
    limits = [Limit.per_second("units", run.rate)]
    sends: list[Send] = []
    while time.time() < until:
        size = random.choice(run.sizes)
        began = time.time_ns() // 1000
        while time.time() < until:
            try:
                with limiter.acquire("account", "sms", {"units": size}, limits):
                    now = time.time_ns() // 1000
                    sends.append((now, size, now - began))
                break
            except RateLimitExceeded as error:
                time.sleep(max(0.001, error.retry_after_seconds))
    return sends


if __name__ == "__main__":
    main()
