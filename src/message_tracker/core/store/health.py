"""Whether the database answers, and with a schema."""

from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("health")


def schema_number(database: Database) -> int | None:
    """Return the number of the last migration; `Unavailable` when Postgres does not answer."""
    (row,) = database.fetch(_QUERIES["schema_number"])
    number: int | None = row["number"]
    return number
