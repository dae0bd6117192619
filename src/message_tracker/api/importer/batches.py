"""Cuts a list into batches that one transaction stores."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from message_tracker.core.domain.recipient_list import ListLine, Place

MOST_LINES: Final = 5_000
_MOST_BYTES: Final = 4 << 20
_MOST_COMMON: Final = 8 << 20


@dataclass(slots=True)
class Lines:
    """Some lines of a list, one after another."""

    start: Place
    lines: list[ListLine] = field(default_factory=list)

    @property
    def end(self) -> Place:
        """Return the place after the last."""
        return self.lines[-1].end if self.lines else self.start

    def is_full(self, most: int) -> bool:
        """Whether they are as many, or as long, as one transaction should take."""
        return len(self.lines) >= most or self.end.offset - self.start.offset >= _MOST_BYTES


def lines_per_batch(common: int) -> int:
    """Return how many lines a batch may have.

    Args:
        common: characters of data that every recipient may get of the request.
    """
    return max(1, min(MOST_LINES, _MOST_COMMON // (common + 1)))


def batches(lines: Iterable[ListLine], start: Place, most: int) -> Iterator[Lines]:
    """Yield the lines in batches of at most so many, in their order; none is empty."""
    batch = Lines(start)
    for line in lines:
        batch.lines.append(line)
        if batch.is_full(most):
            yield batch
            batch = Lines(batch.end)
    if batch.lines:
        yield batch


def refusals_by_line(lines: Sequence[tuple[str, str]]) -> list[tuple[int, str]]:
    """Return what is wrong with each line, once a line.

    Args:
        lines: pairs of a pointer, ``#/lines/17``, and what is wrong.
    """
    details: dict[int, list[str]] = {}
    for pointer, detail in lines:
        details.setdefault(int(pointer.rpartition("/")[2]), []).append(detail)
    return [(line, "; ".join(dict.fromkeys(each))) for line, each in sorted(details.items())]
