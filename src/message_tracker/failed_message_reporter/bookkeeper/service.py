"""The use case: audit what was accepted, sent, told of and counted."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

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
from message_tracker.core.domain.errors import Unavailable
from message_tracker.core.domain.message import Channel
from message_tracker.core.ports import ProviderCounts
from message_tracker.core.store.audit import AuditStore
from message_tracker.core.store.books import BooksStore


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

    def audit(self, *, is_full: bool, silent_after: timedelta = SILENT_AFTER) -> Audit:
        """Audit what is recent, or also pass over all messages there ever were.

        Args:
            is_full: also read the books and recount the counts.
            silent_after: so long after it was sent, a message must have an event.
        """
        now = self.now()
        books = self.books.read() if is_full else None
        miscounts = self.store.miscounts() if is_full else []
        compared = self._compared(now)
        findings = [
            *(of_books(books) if books else ()),
            *self.store.overdue(now - OVERDUE_AFTER),
            *self.store.silent(now - LOOKED_BACK, now - silent_after),
            *of_counts(miscounts),
            *of_provider(compared),
        ]
        return Audit(books, tuple(findings), compared)

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
