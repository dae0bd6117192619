"""Functions restored from one snapshot (Lambda SnapStart) share nothing that must be their own."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.coldstart import ENVIRONMENT

_ROOT = Path(__file__).parents[2]
_PROGRAM = _ROOT / "tests" / "restored_twice.py"


@pytest.fixture
def told(database_url: str) -> list[dict[str, Any]]:
    """What the start and the two copies told."""
    done = subprocess.run(  # noqa: S603 - this Python, and a program of ours
        [sys.executable, _PROGRAM],
        capture_output=True,
        check=True,
        env={**ENVIRONMENT, "MT_DATABASE_URL": database_url, "PYTHONPATH": str(_ROOT / "src")},
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_copies_of_a_started_function_go_their_own_ways(told: list[dict[str, Any]]) -> None:
    start, one, other = told

    assert start == {"connections": 0, "hooks": 1}
    assert one["backend"] != other["backend"]
    assert not set(one["ids"]) & set(other["ids"])
    # Without the hook, both would draw the numbers that the start's generator had next.
    assert one["without"] == other["without"]
    assert one["jitter"] != other["jitter"]
