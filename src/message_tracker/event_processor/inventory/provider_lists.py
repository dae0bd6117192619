"""The use case: what the providers' own lists have and ours has not, taken over once a day.

Another application of the account, AWS itself or a reply of STOP puts an address there. Were it not
on ours, we would send to it and be refused, and nobody would know why.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from message_tracker.core.domain.errors import MessageTrackerError
from message_tracker.core.domain.message import Channel
from message_tracker.core.ports import SuppressionList
from message_tracker.core.store.suppressions import Suppressions


@dataclass(slots=True)
class TakenOver:
    """How many entries were looked at, how many are new, and which channel's list failed."""

    listed: int = 0
    new: int = 0
    failures: dict[Channel, MessageTrackerError] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderLists:
    """Reads the lists, a page and a statement at a time.

    Args:
        suppressions: our own list.
        lists: the provider's own, of each channel.
        now: the clock.
    """

    suppressions: Suppressions
    lists: Mapping[Channel, SuppressionList]
    now: Callable[[], datetime]

    def take_over(self, until: datetime) -> TakenOver:
        """Take over what is new; begins no page after `until`, as the next day goes on."""
        taken = TakenOver()
        for channel, own in self.lists.items():
            try:
                self._take_over(channel, own, until, taken)
            except MessageTrackerError as error:
                taken.failures[channel] = error
        return taken

    def _take_over(
        self, channel: Channel, own: SuppressionList, until: datetime, taken: TakenOver
    ) -> None:
        for page in own.pages():
            taken.listed += len(page)
            taken.new += self.suppressions.take_over(channel, page, cause=own.name)
            if self.now() >= until:
                return
