"""The shadow a rebuild writes to, its differences from the tables in use, and the swap.

The shadow is a schema of its own. A database whose search path begins with it runs the very
statements that events are stored by, on the shadow's tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from typing import LiteralString
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.store import events
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

SEARCH_PATH = "rebuild,public"
"""Of the database that a rebuild works on."""

_QUERIES = queries("rebuild")
_MOST_CARRIED = 5_000
# No event comes in and none is read while the shadow takes the tables' place.
_LOCK: LiteralString = """
LOCK TABLE public.message_event IN ACCESS EXCLUSIVE MODE;
LOCK TABLE public.message_state, public.suppression IN SHARE ROW EXCLUSIVE MODE
"""


@dataclass(frozen=True, slots=True)
class Differences:
    """What the swap would change."""

    events: Mapping[str, int]  # same, changed, added, removed
    suppressions: Mapping[str, int]  # added, removed
    statuses: Sequence[tuple[str, str, int]]  # was, becomes, how many messages
    messages: Sequence[tuple[UUID, Mapping[str, Sequence[object]]]]  # the first: was, becomes


def begin(database: Database, since: datetime) -> None:
    """Make the shadow, and copy into it what no archived event tells; an older one is dropped.

    Args:
        database: one with `SEARCH_PATH`.
        since: what happened before it stays as it is.
    """
    with database.transaction() as cursor:
        cursor.execute("SET LOCAL client_min_messages = warning")
        cursor.execute(_script("begin_rebuild"))
        cursor.execute(_QUERIES["copy_suppressions"], {"since": since})
        _copy_states(cursor)


def carry_over(database: Database, since: datetime) -> int:
    """Bring events over that the archive need not have, and return how many.

    They are those that happened before `since`, and those received since the shadow was begun.
    """
    with database.transaction() as cursor:
        return _carry_over(cursor, since)


def differences(database: Database, *, most_messages: int) -> Differences:
    """Return what the swap would change, with the first messages it concerns."""
    changed = database.fetch(_QUERIES["message_differences"], {"most": most_messages})
    statuses = database.fetch(_QUERIES["status_differences"])
    return Differences(
        events=database.fetch(_QUERIES["event_differences"])[0],
        suppressions=database.fetch(_QUERIES["suppression_differences"])[0],
        statuses=[(row["was"], row["becomes"], row["messages"]) for row in statuses],
        messages=[(row["message_id"], row["differences"] or {}) for row in changed],
    )


def apply(database: Database, since: datetime) -> int:
    """Put the shadow in the tables' place in one transaction; return what came in meanwhile.

    Raises:
        Unavailable: a lock could not be had within ten seconds: try again.
    """
    with database.transaction() as cursor:
        cursor.execute("SET LOCAL client_min_messages = warning")
        cursor.execute(_LOCK)
        carried = _carry_over(cursor, since)
        cursor.execute(_script("apply_rebuild"))
        return carried


def _carry_over(cursor: Cursor[DictRow], since: datetime) -> int:
    _copy_states(cursor)
    total = 0
    parameters = {"since": since, "most": _MOST_CARRIED}
    query = _QUERIES["events_to_carry"]
    while (found := cursor.execute(query, parameters).fetchone()) and found["events"]:
        carried = events.decode_stored(found["events"])
        events.ingest(cursor, carried)
        total += len(carried)
    cursor.execute(_QUERIES["keep_received_at"])
    cursor.execute(_QUERIES["keep_provider_ids"])
    return total


def _copy_states(cursor: Cursor[DictRow]) -> None:
    cursor.execute(_QUERIES["copy_states"])


def _script(name: str) -> LiteralString:
    folder = files(__package__).joinpath("sql", "scripts")
    return folder.joinpath(f"{name}.sql").read_text(encoding="utf-8")
