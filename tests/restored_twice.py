"""A program: start the API's function, restore it twice from there, and tell what each copy has.

A fork stands for a snapshot that two environments are restored from: each has all that the start
left in memory. `snapshot_restore_py`, which Lambda's runtime brings, is played by a module that
keeps what is to be called after a restore.
"""

import json
import os
import random
import sys
from types import ModuleType
from typing import Any

import psutil


def main() -> None:
    """Print a JSON object for the start, and one for each copy."""
    after_restore: list[Any] = []
    lambdas = ModuleType("snapshot_restore_py")
    vars(lambdas)["register_after_restore"] = after_restore.append
    sys.modules["snapshot_restore_py"] = lambdas
    from message_tracker.api import handler

    state = random.getstate()
    _tell({"connections": len(psutil.Process().net_connections()), "hooks": len(after_restore)})
    for _ in range(2):
        if not os.fork():
            random.setstate(state)  # a fork renews this by itself; a snapshot does not
            without = _jitter()
            random.setstate(state)
            for renew in after_restore:
                renew()
            _tell({"without": without, **_first_acts(handler)})
            os._exit(0)
    for _ in range(2):
        os.wait()


def _first_acts(handler: ModuleType) -> dict[str, object]:
    from message_tracker.core.domain.ids import new_id

    [row] = handler._database().fetch("SELECT pg_backend_pid() AS backend")
    return {"ids": [str(new_id()) for _ in range(100)], "jitter": _jitter(), **row}


def _jitter() -> float:
    return random.random()  # noqa: S311 - what the functions spread their retries by


def _tell(found: dict[str, object]) -> None:
    os.write(1, json.dumps(found).encode() + b"\n")


if __name__ == "__main__":
    main()
