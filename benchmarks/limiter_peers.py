"""Other ways to keep a rate on one DynamoDB item, in the same virtual time as the Slot limiter.

Each takes tokens message by message, and sleeps for as long as it is told when there are too few.
The buckets hold one second of the rate, which is what such libraries do by default.
"""

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.slot_simulation import Fleet
from benchmarks.virtual_dynamodb import ConditionFailed, Item
from benchmarks.virtual_machine import Machine

Acquire = Callable[[Fleet, Machine, int], int | None]
"""Takes tokens for a message; returns None, or for how many µs to wait until the next try."""

_MILLI = 1000


def naive(fleet: Fleet, machine: Machine, size: int) -> int | None:
    """Get the bucket, put the bucket: no condition at all."""
    item = fleet.item.read()
    tokens, now = _refilled(fleet, item, machine.wall())
    if tokens < size * _MILLI:
        return _wait(fleet, tokens, size)
    fleet.item.write(lambda _: _bucket(tokens - size * _MILLI, now))
    return None


def optimistic(fleet: Fleet, machine: Machine, size: int) -> int | None:
    """Get the bucket, put it if nobody else has in between, else try again."""
    while True:
        item = fleet.item.read()
        tokens, now = _refilled(fleet, item, machine.wall())
        if tokens < size * _MILLI:
            return _wait(fleet, tokens, size)
        new = _bucket(tokens - size * _MILLI, now, _version(item) + 1)
        try:
            fleet.item.write(lambda old, item=item, new=new: _if_same(old, item, new))  # type: ignore[misc] # bound defaults
        except ConditionFailed:
            continue
        return None


def zae_limiter(fleet: Fleet, machine: Machine, size: int) -> int | None:
    """The algorithm that zae-limiter 0.17 documents, with its defaults; a model, not the library.

    First it takes tokens without a look, if there are enough. If not it reads the bucket, refills
    it up to the time at which it began to read, and writes what it took under the time at which it
    commits, if nobody has refilled in between; if somebody has, it takes from what they left.
    """
    cost = size * _MILLI
    if _took(fleet, cost):
        return None
    began = machine.wall()
    item = fleet.item.read()
    tokens, _ = _refilled(fleet, item, began)
    if tokens < cost:
        return _wait(fleet, tokens, size)
    before, committed = _time(item), machine.wall()
    gained = tokens - (_tokens(item) if item else 0) - cost

    def refill(old: Item | None) -> Item:
        if old is not None and _time(old) != before:
            raise ConditionFailed
        return _bucket((_tokens(old) if old else 0) + gained, committed)

    try:
        fleet.item.write(refill)
    except ConditionFailed:
        return None if _took(fleet, cost) else _wait(fleet, 0, size)
    return None


PEERS: dict[str, Acquire] = {
    "naive": naive,
    "optimistic": optimistic,
    "zae_limiter_model": zae_limiter,
}


class PeerFleet(Fleet):
    """A fleet that keeps its rate as a peer does; everything else is as with the Slot limiter."""

    acquire: Acquire = staticmethod(naive)

    def _work_of(self, machine: Machine, *, is_urgent: bool) -> Callable[[], None]:
        del is_urgent
        pool = self.pool(machine)

        def work() -> None:
            while sizes := self.next_sizes():
                answers = [
                    pool.submit(partial(self.accept, size, began))
                    for size, began in self._acquired(machine, sizes)
                ]
                for answer in answers:
                    answer.result()
                machine.sleep(self.random.randrange(2 * self.pause) / 1_000_000)

        return work

    def _acquired(self, machine: Machine, sizes: list[int]) -> Iterator[tuple[int, int]]:
        for size in sizes:
            began = self.time.now
            while (wait := self.acquire(self, machine, size)) is not None:
                machine.sleep(max(1000, wait) / 1_000_000)
            yield size, began


def _refilled(fleet: Fleet, item: Item | None, now: int) -> tuple[int, int]:
    """Return the tokens (milli-units) at `now`, and that time."""
    if item is None:
        return fleet.rate, now
    gained = max(0, now - _time(item)) * fleet.rate // 1_000_000
    return min(fleet.rate, _tokens(item) + gained), max(now, _time(item))


def _wait(fleet: Fleet, tokens: int, size: int) -> int:
    return (size * _MILLI - tokens) * 1_000_000 // fleet.rate


def _took(fleet: Fleet, cost: int) -> bool:
    def take(old: Item | None) -> Item:
        if old is None or _tokens(old) < cost:
            raise ConditionFailed
        return {**old, "tokens": {"N": str(_tokens(old) - cost)}}

    try:
        fleet.item.write(take)
    except ConditionFailed:
        return False
    return True


def _if_same(old: Item | None, seen: Item | None, new: Item) -> Item:
    if _version(old) != _version(seen):
        raise ConditionFailed
    return new


def _bucket(tokens: int, at: int, version: int = 0) -> Item:
    numbers = {"tokens": tokens, "at": at, "version": version}
    return {name: {"N": str(number)} for name, number in numbers.items()}


def _tokens(item: Item) -> int:
    return int(item["tokens"]["N"])


def _time(item: Item | None) -> int:
    return int(item["at"]["N"]) if item else 0


def _version(item: Item | None) -> int:
    return int(item["version"]["N"]) if item else 0
