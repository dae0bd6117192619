"""The use case: audit what was accepted, sent, told of and counted."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from message_tracker.core.domain.audit import (
    LOOKED_BACK,
    OVERDUE_AFTER,
    SILENT_AFTER,
    Audit,
    Compared,
    of_books,
    of_counts,
    of_provider,
)
from message_tracker.core.domain.books import Books, Gap
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.message import Channel
from message_tracker.core.ports import ProviderCounts
from message_tracker.core.store.audit import AuditStore
from message_tracker.core.store.books import BooksStore

_NEVER = datetime.max.replace(tzinfo=UTC)
_OPEN = timedelta(days=1)  # a day is counted once most of its messages stand where they stay


@dataclass(frozen=True, slots=True)
class Bookkeeper:
    """Audits.

    Args:
        store: what the database tells.
        books: where every message stands.
        counts: what the providers have counted; None: nobody is asked.
        now: the clock.
    """

    store: AuditStore
    books: BooksStore
    counts: ProviderCounts | None
    now: Callable[[], datetime]

    def audit(
        self,
        *,
        is_full: bool,
        until: datetime = _NEVER,
        silent_after: timedelta = SILENT_AFTER,
    ) -> Audit:
        """Audit what is recent, or also pass over all messages there ever were.

        Args:
            is_full: also read the books and recount the counts.
            until: when to begin counting no further day; the next full audit goes on.
            silent_after: so long after it was sent, a message must have an event.
        """
        now = self.now()
        books = self._books(now, until) if is_full else None
        miscounts = self.store.miscounts(self.books.since()) if is_full else []
        compared = self._compared(now)
        findings = [
            *(of_books(books) if books else ()),
            *self.store.overdue(now - OVERDUE_AFTER),
            *self.store.silent(now - LOOKED_BACK, now - silent_after),
            *of_counts(miscounts),
            *of_provider(compared),
        ]
        return Audit(books, tuple(findings), compared)

    def _books(self, now: datetime, until: datetime) -> Books:
        """Count each day that is over, and return the books with all that contradicts them."""
        gaps: dict[datetime, tuple[Gap, ...]] = {}
        for day in self.books.days_to_count(_midnight(now) - _OPEN):
            if self.now() >= until:
                break
            gaps[day] = self.books.count_day(day, now)
        books, since = self.books.read(), self.books.since()
        older = (gap for day, found in gaps.items() if since and day < since for gap in found)
        return replace(books, gaps=(*older, *books.gaps))

    def _compared(self, now: datetime) -> tuple[Compared, ...]:
        """Compare with the providers' counts, by whole hours: CloudWatch knows no less."""
        until = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        since = until - LOOKED_BACK
        ours = self.store.sent(since, until)
        return tuple(
            Compared(channel, since, until, ours[channel], self._theirs(channel, since, until))
            for channel in Channel
        )

    def _theirs(self, channel: Channel, since: datetime, until: datetime) -> int | None:
        if self.counts is None:
            return None
        try:
            return self.counts.sent(channel, since, until)
        except Unavailable:  # an audit of all the rest is worth having, and says what is missing
            return None


def _midnight(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
