"""Child processes that never outlive us: a group of their own, stopped within a bounded time."""

import os
import signal
import subprocess
import time
from typing import Final

_POLL_SECONDS: Final = 0.01
# Killed orphans belong to process 1; in a container it may never collect them.
_ORPHAN_SECONDS: Final = 0.3


def stop_group(
    process: subprocess.Popen[bytes], *, ask_with: signal.Signals, patience_seconds: float
) -> None:
    """Ask `process`, then kill what is left of the process group it leads.

    The process must have been started with `start_new_session=True`, so that its group holds it
    and its children only. Returns when all of them are gone.
    """
    if process.poll() is None:
        process.send_signal(ask_with)
    try:
        process.wait(patience_seconds)
    except subprocess.TimeoutExpired:
        pass  # the kill below reaches the leader too
    finally:
        _kill_group(process.pid)
        process.wait()
        _wait_until_empty(process.pid)


def _kill_group(group: int) -> bool:
    """Kill every process of the group; return whether there was one."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _wait_until_empty(group: int) -> None:
    """Wait until the kernel has removed the orphans, as long as someone collects them at once."""
    deadline = time.monotonic() + _ORPHAN_SECONDS
    while _kill_group(group) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
