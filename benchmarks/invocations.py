"""Runs the Lambdas' own handlers in this process, and tells what each run took and logged."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from typing import Any, cast

from aws_lambda_powertools.utilities.typing import LambdaContext

from benchmarks.measured_postgres import Cost, measured
from message_tracker.core.store.database import Database

Handler = Callable[[dict[str, Any], LambdaContext], Mapping[str, Any]]

_COMMITS = """
SELECT xact_commit AS commits FROM pg_stat_database WHERE datname = current_database()
"""
_COMMITS_OF_COUNTING = 2
_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Work:
    """What a stage of the work took for all its messages."""

    cost: Cost
    commits: int
    log_lines: int
    log_bytes: int
    invocations: int


@dataclass
class Context(LambdaContext):
    """What Lambda tells a function of its invocation."""

    function_name: str = "bench"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:111122223333:function:bench"
    aws_request_id: str = "00000000-0000-4000-8000-000000000000"
    remaining: timedelta = _A_MINUTE

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # a static method there
        """Return the milliseconds until Lambda would end it."""
        return round(self.remaining.total_seconds() * 1000)


def sqs_event(bodies: Sequence[str]) -> dict[str, Any]:
    """Return what an event source mapping hands to a function."""
    return {
        "Records": [
            {
                "messageId": f"00000000-0000-4000-8000-{number:012}",
                "receiptHandle": "made-up",
                "body": body,
                "attributes": {},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:111122223333:bench",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def invoke(handler: Handler, event: dict[str, Any], *, remaining: timedelta = _A_MINUTE) -> None:
    """Run the handler once, so long before Lambda would end it.

    Raises:
        RuntimeError: it gave messages back to their queue.
    """
    answer = handler(event, cast("LambdaContext", Context(remaining=remaining)))
    if failed := answer.get("batchItemFailures"):
        raise RuntimeError(f"{len(failed)} messages failed: {failed[:3]}")


def worked(store: Database, service: str, run: Callable[[], int]) -> Work:
    """Run a stage once and return what it took.

    Args:
        store: the session of Postgres that the stage works on.
        service: whose log lines are counted.
        run: does the work and returns how many invocations it were.
    """
    invocations = commits = 0

    def counted() -> None:
        nonlocal invocations, commits
        before = _commits(store)
        invocations = run()
        commits = _commits(store) - before - _COMMITS_OF_COUNTING

    with logged(service) as lines:
        cost = measured(counted, store.fetch)
    written = lines.getvalue()
    return Work(
        cost=cost,
        commits=commits,
        log_lines=written.count("\n"),
        log_bytes=len(written.encode()),
        invocations=invocations,
    )


@contextmanager
def logged(service: str) -> Iterator[StringIO]:
    """Give what the service logs, and prints as metrics, instead of showing it."""
    stream = StringIO()
    handlers = [
        handler
        for handler in logging.getLogger(service).handlers
        if isinstance(handler, logging.StreamHandler)
    ]
    shown = [handler.setStream(stream) for handler in handlers]
    try:
        with redirect_stdout(stream):
            yield stream
    finally:
        for handler, before in zip(handlers, shown, strict=True):
            if before is not None:
                handler.setStream(before)


def _commits(store: Database) -> int:
    store.fetch("SELECT pg_stat_force_next_flush()")
    return int(store.fetch(_COMMITS)[0]["commits"])
