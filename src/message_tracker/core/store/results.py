"""What became of a group's messages, in the few words that callers of the older services expect."""

from dataclasses import dataclass
from uuid import UUID

from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("results")


@dataclass(frozen=True, slots=True)
class ResultCount:
    """A group's messages; `total` is the sum of the others.

    `created` have not been called for yet, `sent` were taken by a provider, whatever became of
    them, `failed` were given up on our side or are unconfirmed, `stopped` were stopped.
    """

    total: int
    created: int
    sent: int
    failed: int
    stopped: int


def count_results(database: Database, group: UUID | str) -> ResultCount | None:
    """Return where the messages of a group stand, by its id or its name; None: there is none."""
    is_id = isinstance(group, UUID)
    rows = database.fetch(
        _QUERIES["count_results"],
        {"group_id": group if is_id else None, "name": None if is_id else group},
    )
    return ResultCount(**rows[0]) if rows else None
