"""Pauses, each minute, the groups that bounce or annoy too much, and says so in the log."""

from datetime import datetime

from message_tracker.core.observability import logger
from message_tracker.core.store.database import Database
from message_tracker.core.store.group_halts import halt_groups

_LOGGER = logger("sweeper")


def halt_failing_groups(database: Database, now: datetime) -> int:
    """Pause the groups whose share of bounces or complaints is too large; return how many."""
    halts = halt_groups(database, now)
    for halt in halts:
        _LOGGER.warning("group halted", group_id=halt.group_id, reason=halt.reason)
    return len(halts)
