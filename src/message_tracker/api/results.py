"""Counts of results, as callers of the older services ask for them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from message_tracker.core.store.database import Database
from message_tracker.core.store.groups import is_uuid
from message_tracker.core.store.results import ResultCount, count_results
from message_tracker.core.store.stats import Statistics


@dataclass(frozen=True, slots=True)
class ResultCounts:
    """The use cases of ``/v1/results``."""

    database: Database
    clock: Callable[[], datetime]

    def of_plan(self, plan: str) -> ResultCount | None:
        """Return where the messages of a group stand, by its id or its name; None: no group."""
        return count_results(self.database, UUID(plan) if is_uuid(plan) else plan)

    def sent_within(self, hours: int) -> int:
        """Return how many messages were sent in the last hours, to the minute."""
        sent = Statistics(self.database).sent_since(self.clock() - timedelta(hours=hours))
        return sum(each.messages for each in sent.values())
