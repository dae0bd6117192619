"""Groups: what is counted, stopped and reported together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, GroupId, GroupState
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("groups")
_NO_GROUP: Final = "is the id of no group: correct it, or give a name to make a new group"


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How many messages of one channel stand at one status, and their segments."""

    channel: Channel
    status: MessageStatus
    messages: int
    segments: int


@dataclass(frozen=True, slots=True)
class Group:
    """A group and where its messages stand."""

    group_id: GroupId
    name: str | None
    state: GroupState
    created_at: datetime
    counts: Sequence[GroupCount]


class Groups:
    """Reads groups."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, group_id: UUID) -> Group | None:
        """Return the group with its counts, or None."""
        parameters = {"group_id": group_id}
        with self._database.transaction() as cursor:
            row = cursor.execute(_QUERIES["group_by_id"], parameters).fetchone()
            counts = cursor.execute(_QUERIES["group_counts"], parameters).fetchall()
        if row is None:
            return None
        return Group(
            group_id=GroupId(row["group_id"]),
            name=row["name"],
            state=GroupState(row["state"]),
            created_at=row["created_at"],
            counts=[
                GroupCount(
                    channel=Channel(count["channel"]),
                    status=MessageStatus(count["status"]),
                    messages=count["messages"],
                    segments=count["segments"],
                )
                for count in counts
            ],
        )


def ensure_group(
    cursor: Cursor[DictRow], group: str | None, now: datetime, *, is_test: bool
) -> GroupId:
    """Return the group a request names, made when it is new, inside the request's transaction.

    Args:
        cursor: of the transaction.
        group: the id of an existing group, any other name, or None for a group of its own.
        now: when the request came.
        is_test: whether the request's messages go to the simulators.

    Raises:
        RequestRefused: there is no group of this id, it is stopped, or its messages are real where
            these are not.
    """
    row = (
        _existing(cursor, group)
        if group and is_uuid(group)
        else _named(cursor, group, now, is_test=is_test)
    )
    if row is None:
        raise _refused(_NO_GROUP)
    check_group(group, GroupState(row["state"]))
    if row["is_test"] is not is_test:
        theirs, ours = ("test", "real") if row["is_test"] else ("real", "test")
        raise _refused(f"has {theirs} messages, and these are {ours} ones: name another group")
    return GroupId(row["group_id"])


def check_group(group: str | None, state: GroupState | None) -> None:
    """Raise `RequestRefused` for a group that takes no messages.

    Args:
        group: as the request names it: an id, a name, or None.
        state: of the group that this names, None if there is none yet.
    """
    if state is None and group and is_uuid(group):
        raise _refused(_NO_GROUP)
    if state is GroupState.STOPPED:
        raise _refused("is stopped: its messages would not be sent; name another group")


def is_uuid(text: str) -> bool:
    """Whether a text is a UUID as we write it: 32 hexadecimal digits alone may be a name."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _existing(cursor: Cursor[DictRow], group: str) -> Mapping[str, Any] | None:
    return cursor.execute(_QUERIES["group_to_join"], {"group_id": UUID(group)}).fetchone()


def _named(
    cursor: Cursor[DictRow], name: str | None, now: datetime, *, is_test: bool
) -> Mapping[str, Any] | None:
    parameters = {"group_id": new_id(), "name": name, "is_test": is_test, "now": now}
    row = cursor.execute(_QUERIES["ensure_group"], parameters).fetchone()
    return row or cursor.execute(_QUERIES["group_by_name"], {"name": name}).fetchone()


def _refused(detail: str) -> Exception:
    return invalid_request([Fault("#/group", "group", f"`group` {detail}")])
