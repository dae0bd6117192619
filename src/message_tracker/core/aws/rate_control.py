"""Changes the rate of a timeline while the fleet is at work: set, pause, resume, follow.

A change takes one write. It moves the timeline back to where leases that nobody looks at again have
run out, and its new generation voids all later ones, so it holds for the whole fleet after
`guard(…)`: a second and a quarter, unless one message takes longer.
"""

from collections.abc import Callable
from dataclasses import dataclass

from message_tracker.core.aws.rate_table import (
    ConditionFailed,
    RateTable,
    attributes,
    number,
)
from message_tracker.core.domain.rate import RateSetting
from message_tracker.core.domain.slot import Timeline, guard, opening, with_rate

# The last reservation stays as it is: only a purchase makes one.
_CHANGE = (
    "SET #rate = :rate, gen = :gen, tat = :tat, configured_rate = :configured_rate,"
    " hand_rate = :hand_rate, account_rate = :account_rate, paused_by = :paused_by"
)
_ELECT = "SET checked_at = :now"
_IS_DUE = "attribute_exists(pk) AND (attribute_not_exists(checked_at) OR checked_at < :before)"


@dataclass(frozen=True, slots=True)
class Election:
    """Who looks at the provider's account; `at` is when somebody last did (µs since the epoch)."""

    is_won: bool
    at: int


Change = Callable[[RateSetting], RateSetting]


class RateControl:
    """Reads and changes who decides a timeline's rate.

    Args:
        table: the timeline's item.
        clock: µs since the epoch.
        largest: units of the largest message on the timeline.
    """

    def __init__(self, table: RateTable, clock: Callable[[], int], largest: int) -> None:
        self._table = table
        self._clock = clock
        self._largest = largest

    def show(self) -> tuple[Timeline, RateSetting] | None:
        """Return the timeline and its setting, None before the first sender has run.

        Raises `Unavailable` when the table cannot be reached.
        """
        found = self._table.until_answered(lambda: (self._table.read(),))[0]
        return None if found is None else (self._table.timeline(found), self._table.setting(found))

    def change(self, change: Change) -> RateSetting:
        """Change the setting and return what it is now; raises `Unavailable`."""
        return self._table.until_answered(lambda: self._change(change))

    def create(self, setting: RateSetting) -> Timeline | None:
        """Create the timeline; None if there is one."""
        now = self._clock()
        timeline = opening(setting.rate, now, guard(setting.rate, self._largest))
        try:
            self._table.create(timeline, setting)
        except ConditionFailed:
            return None
        return timeline

    def elect(self, every: int) -> Election | None:
        """Try to become the one who looks at the provider's account; one may in `every` µs.

        Return None while there is no timeline.
        """
        return self._table.until_answered(lambda: (self._elect(every),))[0]

    def _change(self, change: Change) -> RateSetting | None:
        item = self._table.read()
        if item is None:
            setting = change(RateSetting(configured=0))
            return setting if self.create(setting) else None
        old = self._table.setting(item)
        new = change(old)
        if new == old:
            return old
        try:
            self._write(self._table.timeline(item), new)
        except ConditionFailed:
            return None  # somebody bought or changed: look again
        return new

    def _write(self, old: Timeline, setting: RateSetting) -> None:
        new = with_rate(old, setting.rate, self._clock(), guard(old.rate, self._largest))
        written = attributes(new, setting)
        del written["rid"]
        self._table.update(
            _CHANGE,
            "gen = :old_gen AND tat = :old_tat",
            {
                **{f":{name}": value for name, value in written.items()},
                ":old_gen": number(old.generation),
                ":old_tat": number(old.sold_until),
            },
            {"#rate": "rate"},
        )

    def _elect(self, every: int) -> Election | None:
        now = self._clock()
        try:
            self._table.update(
                _ELECT, _IS_DUE, {":now": number(now), ":before": number(now - every)}
            )
        except ConditionFailed as error:
            return (
                Election(is_won=False, at=int(error.item["checked_at"]["N"]))
                if error.item
                else None
            )
        return Election(is_won=True, at=now)
