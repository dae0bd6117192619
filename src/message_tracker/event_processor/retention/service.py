"""The use case: let go of what is older than the settings say, personal data first.

Each part is a transaction of its own. Whatever ends a run, the next one goes on where it stopped.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from message_tracker.core.domain.events.keys import first_key
from message_tracker.core.store import retention as store
from message_tracker.core.store.callbacks import Callbacks
from message_tracker.core.store.database import Database

_MONTHS = 12
_KEEP_DELIVERIES = timedelta(days=30)
_KEEP_THROTTLING = timedelta(days=31)
_BEFORE_ALL = UUID(int=0)


@dataclass(slots=True)
class LetGo:
    """What a run let go of."""

    recipients: int = 0  # messages that lost theirs
    details: int = 0  # events that lost theirs
    dropped: list[str] = field(default_factory=list)  # the tables of whole months
    deliveries: int = 0  # of callbacks, with what came of them


@dataclass(frozen=True, slots=True)
class Retention:
    """Lets go of data by age; see `run`.

    Args:
        database: where.
        keep_personal_months: how long recipients and details of events are kept.
        keep_event_months: how long events are kept.
        now: the clock.
    """

    database: Database
    keep_personal_months: int
    keep_event_months: int
    now: Callable[[], datetime]

    def run(self, until: datetime, *, months_back: int | None = None) -> LetGo:
        """Let go, and return of what; begins no part after `until`.

        Args:
            until: when to stop.
            months_back: of how many months that became old the events are looked through; None
                for all that are kept. A replay may have brought back details of any.
        """
        let_go = LetGo()
        started = self.now()
        personal = months_before(started, self.keep_personal_months)
        store.forget_soft_bounces(self.database, personal)
        store.forget_attachments(self.database, personal)
        store.forget_letters(self.database, personal)
        store.forget_throttling(self.database, started - _KEEP_THROTTLING)
        while self.now() < until and (
            forgotten := store.forget_recipients(self.database, personal)
        ):
            let_go.recipients += forgotten
        after = _BEFORE_ALL
        if months_back is not None:
            after = first_key(months_before(personal, months_back))
        while self.now() < until:
            part = store.forget_details(self.database, personal, after)
            if part is None:
                break
            let_go.details += part.forgotten
            after = part.last
        callbacks = Callbacks(self.database)
        while self.now() < until and (deleted := callbacks.forget(started - _KEEP_DELIVERIES)):
            let_go.deliveries += deleted
        let_go.dropped = store.drop_events(
            self.database, months_before(started, self.keep_event_months)
        )
        return let_go


def months_before(moment: datetime, months: int) -> datetime:
    """Return the first of the month so many months before the moment's own."""
    count = moment.year * _MONTHS + moment.month - 1 - months
    return datetime(count // _MONTHS, count % _MONTHS + 1, 1, tzinfo=UTC)
