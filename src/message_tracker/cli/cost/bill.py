"""A bill: lines of so much of something, at a price."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from message_tracker.cli.cost.figures import Price, Prices

GB: Final = 1e9
_FULL_CPU_MB: Final = 1769  # "At 1,769 MB, a function has the equivalent of one vCPU."
_MB_PER_GB: Final = 1024


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a bill, in USD a month.

    `what` is the part of the machinery, which several lines may share; `unit` is what is counted.
    """

    what: str
    unit: str
    quantity: float
    usd: float

    @property
    def is_kept(self) -> bool:
        """Whether it is for keeping what there is, and comes again each month that it is kept."""
        return "GB-months" in self.unit


def line(what: str, unit: str, quantity: float, price: Price) -> Line:
    """Return the line of a quantity at a price."""
    return Line(what, unit, quantity, quantity * price.each)


def total(lines: Iterable[Line]) -> float:
    """Return the sum in USD."""
    return sum(each.usd for each in lines)


@dataclass(frozen=True, slots=True)
class Runs:
    """Invocations of one function.

    Args:
        what: the part of the machinery they belong to.
        memory_mb: the function's.
        number: of invocations.
        cpu_seconds: of a whole core, all of them together.
        waiting_seconds: beside their CPU, all of them together: they are billed the same.
        log_bytes: what they write together, Lambda's own lines included.
        traces: of X-Ray, of all of them.
    """

    what: str
    memory_mb: int
    number: float
    cpu_seconds: float = 0.0
    waiting_seconds: float = 0.0
    log_bytes: float = 0.0
    traces: float = 0.0

    @property
    def gb_seconds(self) -> float:
        """What Lambda bills: less memory is less CPU, so that work takes longer, and costs as much.

        Source: AWS Lambda developer guide, "Configure Lambda function memory".
        """
        cpu = self.cpu_seconds * max(self.memory_mb, _FULL_CPU_MB)
        return (cpu + self.waiting_seconds * self.memory_mb) / _MB_PER_GB

    def lines(self, prices: Prices, kept: Price) -> list[Line]:
        """Return what they cost: requests, time, logs (with their keeping), and traces."""
        gb = self.log_bytes / GB
        return [
            line(self.what, "Lambda requests", self.number, prices.lambda_request),
            line(self.what, "Lambda GB-seconds", self.gb_seconds, prices.lambda_gb_second),
            line(self.what, "GB of logs", gb, prices.logs_gb),
            line(self.what, "GB-months of logs", gb, kept),
            line(self.what, "X-Ray traces", self.traces, prices.xray_trace),
        ]


def traced(number: float, seconds: float) -> float:
    """Return how many of so many invocations within so many seconds X-Ray records.

    One in a second, and one in twenty of the others; for Lambda that cannot be set.

    Source: AWS Lambda developer guide, "Visualize Lambda function invocations using AWS X-Ray".
    """
    first = min(number, seconds)
    return first + 0.05 * (number - first)
