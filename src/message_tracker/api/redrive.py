"""Redrives messages, for ``POST /messages/{message_id}/redrive`` and a group's."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from message_tracker.core.domain.redrive import Consent, Selection, Verdict
from message_tracker.core.observability import logger
from message_tracker.core.store.redrives import Redrives

_LOGGER = logger("api")

# Within what the gateway waits, with room for the batch under way.
_PATIENCE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Redriven:
    """How many messages came to what; whether there was time for all of them."""

    counts: Counter[Verdict]
    is_complete: bool


@dataclass(frozen=True, slots=True)
class RedriveDesk:
    """The use cases; a call that ran out of time is gone on with by the next one."""

    redrives: Redrives
    clock: Callable[[], datetime]

    def redrive_message(self, message_id: UUID, consent: Consent, *, is_dry_run: bool) -> Redriven:
        """Redrive one message, or tell what would come of that."""
        return self._redrive([message_id], consent, is_dry_run=is_dry_run)

    def redrive_group(self, group_id: UUID, consent: Consent, *, is_dry_run: bool) -> Redriven:
        """Redrive what of a group was given up, or tell what would come of that."""
        message_ids = self.redrives.select(Selection(group=str(group_id)))
        return self._redrive(message_ids, consent, is_dry_run=is_dry_run)

    def _redrive(
        self, message_ids: Sequence[UUID], consent: Consent, *, is_dry_run: bool
    ) -> Redriven:
        began = self.clock()
        counts: Counter[Verdict] = Counter()
        step = self.redrives.count if is_dry_run else self.redrives.carry_out
        for done in step(message_ids, consent, now=began):
            counts += done
            if self.clock() >= began + _PATIENCE:
                break
        _LOGGER.info("redriven", extra={"counts": dict(counts), "is_dry_run": is_dry_run})
        return Redriven(counts, is_complete=counts.total() >= len(message_ids))
