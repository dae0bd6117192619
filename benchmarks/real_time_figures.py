"""What a run in real time says of its limiter: the same figures for whichever it was."""

from collections.abc import Mapping, Sequence

from benchmarks.send_measures import excess, most_in_a_second
from benchmarks.virtual_time import EPOCH

Send = tuple[int, int, int]
"""When (µs since the epoch), how many units, and for how long they waited (µs)."""

_SETTLED = 3_000_000  # µs after the first send: a bucket that begins full is empty


def figures(sends: Sequence[Send], calls: Mapping[str, int], rate: int) -> dict[str, float]:
    """Return the figures of the sends, of which there is one at least.

    Args:
        sends: all of a run.
        calls: how many `writes` there were, and how many of them `failed`.
        rate: milli-units/s.
    """
    ordered = sorted(sends)
    first = ordered[0][0]
    sent = [(at - first + EPOCH, size) for at, size, _ in ordered]
    return {
        "utilisation": round(_utilization(sent, rate), 4),
        "burst": round(excess(sent, rate), 2),
        "max_in_1s": most_in_a_second(sent),
        "writes_per_segment": round(calls["writes"] / sum(size for _, size in sent), 4),
        "failed_writes": round(calls["failed"] / max(1, calls["writes"]), 4),
        "wait_p99_ratio": round(_p99(sends, 10) / max(1000, _p99(sends, 1)), 2),
    }


def _utilization(sent: Sequence[tuple[int, int]], rate: int) -> float:
    """Return the part of the rate that was used from when all had settled to the last send."""
    settled = [(at, size) for at, size in sent if at >= EPOCH + _SETTLED]
    if len(settled) < 2:
        return 0.0
    span = settled[-1][0] - settled[0][0]
    return sum(size for _, size in settled[:-1]) * 1e9 / (rate * span)


def _p99(sends: Sequence[Send], size: int) -> int:
    waits = sorted(wait for _, units, wait in sends if units == size)
    return waits[int(0.99 * len(waits))] if waits else 0
