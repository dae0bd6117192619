"""Start the AWS emulator with the corrections this stack needs.

Runs on the emulator's own interpreter, so it imports the emulator and the standard library only.
The corrections touch private names of one pinned version: each is looked for first, and a missing
one ends the start with its name, instead of an emulator that is subtly wrong.
"""

# ruff: noqa: SLF001, ANN401 - one pinned version's private, untyped names are its subject

import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import eventbridge, lambda_svc

sys.path.append(str(Path(__file__).parents[2]))  # this process knows nothing of ours otherwise
from message_tracker.local.emulator_permissions import (
    PERMISSIONS,
    Expected,
    correct_permissions,
    is_missing,
    parameters,
)

PINNED = "1.5.33"
# Processes per function before a further invocation waits for a free one instead of starting its
# own: sixteen cold starts at once stall a small machine for a quarter of a minute.
WARM_PER_FUNCTION = 4
# How long it waits. Then it starts one after all, since the busy ones may be waiting for it.
WAIT_FOR_WARM_SECONDS = 2.0
_EXPECTED: Expected = {
    "Worker._drain_stderr_bounded defaults": lambda: (
        lambda_runtime.Worker._drain_stderr_bounded.__defaults__ == (0.050, 0.005, 0.250)
    ),
    "Worker.invoke": lambda: callable(lambda_runtime.Worker.invoke),
    "lambda_runtime._signal(proc)": lambda: parameters(lambda_runtime._signal) == ["proc"],
    "lambda_runtime._collect(proc, deadline)": lambda: (
        parameters(lambda_runtime._collect) == ["proc", "deadline"]
    ),
    "lambda_runtime._REAP_GRACE": lambda: lambda_runtime._REAP_GRACE > 0,
    "lambda_runtime.reset": lambda: callable(lambda_runtime.reset),
    "lambda_runtime.kill_workers(workers)": lambda: (
        parameters(lambda_runtime.kill_workers) == ["workers"]
    ),
    "lambda_svc.invalidate_worker": lambda: (
        lambda_svc.invalidate_worker is lambda_runtime.invalidate_worker
    ),
    "lambda_svc.acquire_worker": lambda: (
        lambda_svc.acquire_worker is lambda_runtime.acquire_worker
        and parameters(lambda_svc.acquire_worker)[-1] == "max_concurrency"
    ),
    "eventbridge._put_events(data, allow_aws_source=False)": lambda: (
        parameters(eventbridge._put_events) == ["data", "allow_aws_source"]
        and eventbridge._put_events.__defaults__ == (False,)
    ),
}


def main() -> None:
    """Check the version, correct the emulator, run it until SIGTERM, clean up after it."""
    check_what_is_corrected()
    answer_without_waiting_for_logs()
    let_the_provider_twin_publish()
    keep_workers_that_raised()
    let_busy_workers_finish()
    prefer_warm_workers()
    correct_permissions()
    try:
        app.main()
    finally:
        lambda_runtime.reset()  # ends the workers and removes their folders


def check_what_is_corrected() -> None:
    """End the start when the installed emulator is not the one the corrections were made for."""
    expected = _EXPECTED | PERMISSIONS
    missing = [name for name, is_there in expected.items() if is_missing(is_there)]
    if version("ministack") != PINNED or missing:
        sys.exit(
            f"ministack {version('ministack')} is installed, {PINNED} is expected; "
            f"changed: {', '.join(missing) or 'nothing'}. Run `make setup`."
        )


def answer_without_waiting_for_logs() -> None:
    """Wait 2 ms for a handler's first log line instead of 50 ms: warm calls take 10 ms, not 60."""
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.002, 0.002, 0.250)


def let_the_provider_twin_publish() -> None:
    """Let PutEvents take `aws.*` sources, so that the template's own rules route the events."""
    eventbridge._put_events.__defaults__ = (True,)


def keep_workers_that_raised() -> None:
    """Keep a worker whose handler raised, as Lambda keeps its sandbox; end it on a timeout."""
    invocation = threading.local()
    invoke, signal, collect = (
        lambda_runtime.Worker.invoke,
        lambda_runtime._signal,
        lambda_runtime._collect,
    )

    def signal_unless_invoking(proc: subprocess.Popen[str] | None) -> None:
        if getattr(invocation, "running", False):
            invocation.condemned = proc
        else:
            signal(proc)

    def collect_unless_invoking(proc: subprocess.Popen[str] | None, deadline: float) -> None:
        if not getattr(invocation, "running", False):
            collect(proc, deadline)

    def invoke_and_keep(worker: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
        invocation.running, invocation.condemned = True, None
        try:
            result: dict[str, Any] = invoke(worker, *arguments, **named)
        finally:
            invocation.running = False
        condemned = invocation.condemned
        if condemned is None:
            return result
        if "trace" in result and condemned.poll() is None:  # only a handler's exception has one
            worker._proc = condemned
        else:
            signal(condemned)
            collect(condemned, time.monotonic() + lambda_runtime._REAP_GRACE)
        return result

    lambda_runtime._signal = signal_unless_invoking
    lambda_runtime._collect = collect_unless_invoking
    lambda_runtime.Worker.invoke = invoke_and_keep


def let_busy_workers_finish() -> None:
    """Let a function's new code, or a worker of it that died, end no invocation but its own.

    Lambda lets the sandboxes of old code finish. Here they were killed, each of which then took the
    function's other workers with it, and a message came back as often as its queue allows.
    """
    lock, invalidation = threading.Lock(), threading.local()
    busy: set[Any] = set()
    retired: set[Any] = set()
    invoke, kill = lambda_runtime.Worker.invoke, lambda_runtime.kill_workers
    invalidate, reset = lambda_runtime.invalidate_worker, lambda_runtime.reset

    def invoke_to_the_end(worker: Any, *arguments: Any, **named: Any) -> dict[str, Any]:
        with lock:
            busy.add(worker)
        try:
            result: dict[str, Any] = invoke(worker, *arguments, **named)
        finally:
            with lock:
                busy.discard(worker)
                is_over = worker in retired
                retired.discard(worker)
            if is_over:
                kill([worker])
        return result

    def kill_the_idle(workers: Any) -> None:
        if not getattr(invalidation, "running", False):
            kill(workers)
            return
        with lock:
            spared = busy.intersection(workers)
            retired.update(spared)
        kill([worker for worker in workers if worker not in spared])

    def invalidate_the_idle(*arguments: Any, **named: Any) -> None:
        invalidation.running = True
        try:
            invalidate(*arguments, **named)
        finally:
            invalidation.running = False

    def reset_all() -> None:
        reset()
        kill(list(retired))

    lambda_runtime.Worker.invoke = invoke_to_the_end
    lambda_runtime.kill_workers = kill_the_idle
    lambda_runtime.invalidate_worker = lambda_svc.invalidate_worker = invalidate_the_idle
    lambda_runtime.reset = reset_all


def prefer_warm_workers() -> None:
    """Let a burst wait a moment for a warm worker before it starts another process."""
    acquire = lambda_runtime.acquire_worker

    def acquire_patiently(
        func_name: str,
        config: dict[str, Any],
        code_zip: bytes,
        qualifier: str = "$LATEST",
        max_concurrency: int | None = None,
    ) -> tuple[Any, str]:
        deadline = time.monotonic() + WAIT_FOR_WARM_SECONDS
        while max_concurrency is None and time.monotonic() < deadline:
            worker, reason = acquire(func_name, config, code_zip, qualifier, WARM_PER_FUNCTION)
            if worker is not None:
                return worker, reason
            time.sleep(0.005)
        leased: tuple[Any, str] = acquire(func_name, config, code_zip, qualifier, max_concurrency)
        return leased

    lambda_svc.acquire_worker = acquire_patiently


if __name__ == "__main__":
    main()
