"""The Slot limiter on one DynamoDB item: who may send, and when (arithmetic in domain/slot.py).

The item is the truth, also about the rate. The configured rate creates it, and a configured rate
that is another than the one the item was given is applied once, when a process begins.
"""

from collections.abc import Callable, Sequence
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.core import observability
from message_tracker.core.aws.rate_control import RateControl
from message_tracker.core.aws.rate_table import ConditionFailed, RateTable, number
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.pace import LARGEST_TEXT, PACED, Pace
from message_tracker.core.domain.rate import RateSetting
from message_tracker.core.domain.slot import ANY, Bid, Lease, Path, Purchase, Terms, Timeline

logger = observability.logger()

_UPDATES = {
    Path.BUSY: "SET rid = :rid ADD tat :cost",
    Path.IDLE: "SET rid = :rid, tat = :end",
}
_CONDITIONS = {
    Path.BUSY: "gen = :gen AND rid <> :rid AND tat >= :floor AND tat <= :latest",
    Path.IDLE: "gen = :gen AND rid <> :rid AND tat < :floor",
}

_COOL_DOWN = 250_000  # µs


class SlotLimiter:
    """Reserves stretches of the timeline kept in one item, mostly by one write; safe to share.

    Args:
        table: the timeline's item.
        rate_milli: the configured milli-units/s.
        clock: µs since the epoch; the very clock that the slots are waited for by.
        pace: the timeline's prices.
        largest: units of the largest message.
    """

    def __init__(
        self,
        table: RateTable,
        rate_milli: int,
        clock: Callable[[], int],
        pace: Pace = PACED,
        largest: int = LARGEST_TEXT,
    ) -> None:
        self._table = table
        self._rate = rate_milli
        self._clock = clock
        self._pace = pace
        self._control = RateControl(table, clock, largest)
        self._last: tuple[Timeline | None, Path] = (None, Path.IDLE)
        self._is_configured = False

    def reserve(self, sizes: Sequence[int], terms: Terms = ANY) -> Lease:
        """Reserve a slot for each message of these sizes, in order.

        Raises `Throttled` when the limiter is paused, `SoldOut` when the next slot lies beyond the
        terms, `Unavailable` when it cannot be reached.
        """
        purchase = Purchase(sizes, *self._last, pace=self._pace, terms=terms)
        try:
            return self._table.until_answered(partial(self._step, purchase))
        finally:
            # Of a bid that failed, too: what it saw spares the next one a detour.
            self._last = (purchase.seen, self._last[1])

    def still_valid(self, lease: Lease) -> bool:
        """Whether the lease's generation is the item's; True also when that cannot be told soon."""
        try:
            item = self._table.look()
            return item is not None and self._table.timeline(item).generation == lease.generation
        except (BotoCoreError, ClientError, Unavailable) as error:
            logger.warning("a lease was not looked at again", extra={"error": type(error).__name__})
            return True

    def cool_down(self) -> None:
        """Leave a quarter of a second unsold; a failure is logged."""
        try:
            self._table.update(
                "ADD tat :cool", "attribute_exists(pk)", {":cool": number(_COOL_DOWN)}
            )
        except (BotoCoreError, ClientError, ConditionFailed) as error:
            logger.warning("no cool-down", extra={"error": type(error).__name__})

    def _step(self, purchase: Purchase) -> Lease | None:
        bid = purchase.bid(self._clock()) if self._is_configured else None
        if bid is None:
            if current := self._current():
                purchase.learn(current)
            return None
        try:
            sold = self._write(bid)
        except ConditionFailed as error:
            old = None if error.item is None else self._table.timeline(error.item)
            lease = purchase.declined(bid, old)
        else:
            lease = purchase.accepted(bid, sold)
        if lease is not None:
            self._last = (purchase.seen, bid.path)
        return lease

    def _current(self) -> Timeline | None:
        """Return the timeline, created if need be; None if it has to be read again."""
        item = self._table.read()
        if item is None:
            created = self._control.create(RateSetting(self._rate))
            self._is_configured = self._is_configured or created is not None
            return created
        if not self._is_configured and self._table.setting(item).configured != self._rate:
            self._control.change(lambda setting: setting.configure(self._rate))
            self._is_configured = True
            return None
        self._is_configured = True
        return self._table.timeline(item)

    def _write(self, bid: Bid) -> Timeline:
        item = self._table.update(
            _UPDATES[bid.path],
            _CONDITIONS[bid.path],
            {
                ":rid": {"S": bid.reservation},
                ":gen": number(bid.generation),
                ":floor": number(bid.floor),
                **_sold(bid),
            },
        )
        return self._table.timeline(item)


def _sold(bid: Bid) -> dict[str, dict[str, str]]:
    if bid.path is Path.BUSY:
        return {":cost": number(bid.cost), ":latest": number(bid.latest)}
    return {":end": number(bid.idle_end)}
