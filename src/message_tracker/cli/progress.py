"""What a person sees while a campaign runs."""

import time
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Group
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

# Where a message may stand, as a person thinks of it: a bar each.
_STAGES: Final[Mapping[str, frozenset[str]]] = {
    "queued": frozenset({"scheduled", "queued", "sending"}),
    "sent": frozenset({"sent", "delayed"}),
    "delivered": frozenset({"delivered"}),
    "bounced": frozenset({"bounced", "undelivered", "rejected"}),
    "complained": frozenset({"complained"}),
    "failed": frozenset({"failed", "suppressed", "expired", "stopped", "unconfirmed"}),
}


class CampaignProgress:
    """A bar per stage, and the rate so far."""

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._bars = Progress(
            TextColumn("{task.description:<11}"), BarColumn(bar_width=40), MofNCompleteColumn()
        )
        self._tasks = {stage: self._bars.add_task(stage, total=None) for stage in _STAGES}
        self._line = Text()

    def updated(self, group: Mapping[str, Any], figures: Mapping[str, Any]) -> "CampaignProgress":
        """Take the group's counts and the provider's figures in, and return itself to be shown."""
        for stage, statuses in _STAGES.items():
            count = sum(group["statuses"].get(status, 0) for status in statuses)
            self._bars.update(self._tasks[stage], completed=count, total=group["total"])
        elapsed = time.monotonic() - self._started
        self._line = Text(
            f"{elapsed:5.1f} s  {figures['segments']} segments"
            f" at {figures['segments_per_second']:.1f}/s, {figures['emails']} e-mails"
        )
        return self

    def __rich__(self) -> Group:
        return Group(self._bars, self._line)
