"""The use case: let go of what is older than the settings say, personal data first.

Each part is a transaction of its own, and how far they came is kept: whatever ends a run, the next
one goes on where it stopped, and looks at nothing that an earlier one was done with.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID

from message_tracker.core.store import retention as store
from message_tracker.core.store.callbacks import Callbacks
from message_tracker.core.store.database import Database
from message_tracker.core.store.retention import Personal, Place, Progress

_MONTHS = 12
_KEEP_DELIVERIES = timedelta(days=30)
_KEEP_THROTTLING = timedelta(days=31)
_BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = UUID(int=0)
_SKEW = timedelta(minutes=5)  # that our clock may be ahead of Postgres'


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

    def run(self, until: datetime, *, is_thorough: bool = False) -> LetGo:
        """Let go, and return of what; begins no part after `until`.

        Args:
            until: when to stop.
            is_thorough: whether to look also at what earlier runs were done with.
        """
        let_go = LetGo()
        started = self.now()
        personal = months_before(started, self.keep_personal_months)
        store.forget_soft_bounces(self.database, personal)
        store.forget_attachments(self.database, personal)
        store.forget_letters(self.database, personal)
        store.forget_throttling(self.database, started - _KEEP_THROTTLING)
        forget = partial(self._forget, before=personal, until=until, is_thorough=is_thorough)
        let_go.recipients = forget(Personal.RECIPIENTS)
        let_go.details = forget(Personal.DETAILS)
        callbacks = Callbacks(self.database)
        while self.now() < until and (deleted := callbacks.forget(started - _KEEP_DELIVERIES)):
            let_go.deliveries += deleted
        let_go.dropped = store.drop_events(
            self.database, months_before(started, self.keep_event_months)
        )
        return let_go

    def _forget(
        self, kind: Personal, *, before: datetime, until: datetime, is_thorough: bool
    ) -> int:
        """Let go of what no earlier run was done with, part by part, and return of how much."""
        looked_at, forgotten, done_before = self.now() - _SKEW, 0, before
        since = _BEFORE_ALL if is_thorough else self._undone_since(kind)
        place: Place | None = Place(since, _FIRST)
        while place is not None and since < before and self.now() < until:
            part = store.forget(self.database, kind, place, before)
            place = part.end if part else None
            if part:
                forgotten += part.forgotten
                done_before = min(done_before, part.kept_since or done_before)
            reached = min(done_before, place.at) if place else done_before
            store.keep_progress(self.database, kind, Progress(reached, looked_at))
        return forgotten

    def _undone_since(self, kind: Personal) -> datetime:
        """Return the time that no earlier run has passed, or since when something came late."""
        done = store.progress(self.database, kind)
        if done is None:
            return _BEFORE_ALL
        late = store.earliest_late_event(self.database, done) if kind is Personal.DETAILS else None
        return late or done.done_before


def months_before(moment: datetime, months: int) -> datetime:
    """Return the first of the month so many months before the moment's own."""
    count = moment.year * _MONTHS + moment.month - 1 - months
    return datetime(count // _MONTHS, count % _MONTHS + 1, 1, tzinfo=UTC)
