"""The rates the fleet sends at, read from the limiter's table now and then."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.message import Channel

_KEPT: Final = timedelta(seconds=10)


class FleetRates:
    """Tells the rates in force; safe to share.

    Args:
        tables: each channel's item.
        configured: units/s of each channel, for what cannot be read or was never used.
        clock: tells the time.
    """

    def __init__(
        self,
        tables: Mapping[Channel, RateTable],
        configured: Mapping[Channel, float],
        clock: Callable[[], datetime],
    ) -> None:
        self._tables = tables
        self._configured = configured
        self._clock = clock
        self._known: Mapping[Channel, float] = {}
        self._known_until: datetime | None = None

    def in_force(self) -> Mapping[Channel, float]:
        """Return the units/s of each channel, 0 while it is paused, no more than 10 s old."""
        now = self._clock()
        if self._known_until is None or now >= self._known_until:
            self._known = {channel: self._read(channel) for channel in Channel}
            self._known_until = now + _KEPT
        return self._known

    def _read(self, channel: Channel) -> float:
        """Return a channel's rate; an estimate is not worth waiting, or failing, for."""
        table = self._tables[channel]
        try:
            item = table.look()
            return self._configured[channel] if item is None else table.setting(item).rate / 1000
        except (BotoCoreError, ClientError, Unavailable):
            return self._configured[channel]
