"""The benchmark of the sender's overhead: that it runs, and what does not depend on the machine."""

import json
from typing import Any, cast

import pytest

from benchmarks import send


def test_the_benchmark_reports_plain_numbers_and_a_fifteenth_of_a_statement_per_message() -> None:
    report = cast("dict[str, Any]", send.run(quick=True))

    assert report == json.loads(json.dumps(report))
    # The server counts all that runs there, so one statement in two hundred may come on top.
    assert pytest.approx(3 / 45, rel=0.02) == report["figures"]["statements_per_message"]["sender"]
    assert report["ratios"]["over_naive"] > 5  # 14 to 16 on a quiet machine
