"""What every benchmark reports, and how its rounds are timed."""

import os
import platform
import time
from collections.abc import Callable, Mapping
from statistics import median


def report(
    benchmark: str,
    *,
    conditions: Mapping[str, object],
    figures: Mapping[str, object],
    ratios: Mapping[str, float],
) -> dict[str, object]:
    """Return a benchmark's result, ready for JSON: plain numbers, and where they were measured."""
    return {
        "benchmark": benchmark,
        "conditions": {**machine(), **conditions},
        "figures": dict(figures),
        "ratios": {name: round(ratio, 2) for name, ratio in ratios.items()},
    }


def machine() -> dict[str, object]:
    """Return the Python and the platform, without anything that names the machine."""
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.system(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
    }


def median_cpu_seconds(
    contestants: Mapping[str, Callable[[], object]], *, rounds: int
) -> dict[str, float]:
    """Return each contestant's median CPU time of one run, in seconds.

    The contestants take turns in every round, and each round another one begins, so that a slow
    moment of the machine falls on all of them.
    """
    names = list(contestants)
    taken: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            taken[name].append(_cpu_seconds(contestants[name]))
    return {name: median(times) for name, times in taken.items()}


def _cpu_seconds(run: Callable[[], object]) -> float:
    began = time.process_time()
    run()
    return time.process_time() - began
