"""How much one rendering may do: counted, not timed.

A count is the same on every machine and at every load, so a text that was filled on trial when it
was accepted is filled again when it is sent; a clock would promise neither. A unit is about 10 ns.
"""

from typing import Any, Final

from jinja2.exceptions import SecurityError

MAX_ITERATIONS: Final = 10_000
"""Of all loops of one rendering together."""

MAX_WORK: Final = 20_000_000
"""Units of one rendering: a fifth of a second, with all it may take for one a second or two."""

_NODE: Final = 30  # one part of a loop's body, once
_ITEM: Final = 50  # of a list or an object, besides what it holds


class Meter:
    """Counts what one rendering does."""

    __slots__ = ("_iterations", "_work")

    def __init__(self) -> None:
        self._iterations = MAX_ITERATIONS
        self._work = MAX_WORK

    def iterate(self, nodes: int) -> None:
        """Count one turn of a loop with a body of so many parts.

        Raises:
            SecurityError: the loops have turned too often, or done too much.
        """
        self._iterations -= 1
        if self._iterations < 0:
            raise SecurityError(
                f"the loops run more than {MAX_ITERATIONS} times: shorten the lists in `data`"
            )
        self.spend(nodes * _NODE)

    def handle(self, value: object, weight: int) -> None:
        """Count one look at the whole of a value, so many units for each of its characters.

        Raises:
            SecurityError: the rendering has done too much.
        """
        self.spend(weight * _size(value, self._work))

    def spend(self, units: int) -> None:
        """Count some work.

        Raises:
            SecurityError: the rendering has done too much.
        """
        self._work -= units
        if self._work < 0:
            raise SecurityError(
                "the text takes too long to fill: compare, sort or change less in its loops"
            )


def _size(value: object, most: int) -> int:
    """Return the units of a value; of one with more than `most`, any number above that."""
    if isinstance(value, str):
        return 1 + len(value)
    total, pending = 0, [value]
    while pending and total <= most:
        one = pending.pop()
        total += 1
        if isinstance(one, str):
            total += len(one)
        elif isinstance(one, int):
            total += one.bit_length()  # writing out a long one takes long
        elif isinstance(one, list | tuple | dict):
            total += _ITEM * len(one)
            pending += _items(one)
    return total


def _items(container: list[Any] | tuple[Any, ...] | dict[str, Any]) -> list[Any]:
    return list(container.values()) if isinstance(container, dict) else list(container)
