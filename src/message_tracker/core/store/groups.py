"""Groups: what is counted, stopped and reported together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, GroupId, GroupState
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.database import Database
from message_tracker.core.store.group_options import GroupOptions
from message_tracker.core.store.queries import queries

_QUERIES = queries("groups")
_NO_GROUP: Final = "is the id of no group: correct it, or give a name to make a new group"


@dataclass(frozen=True, slots=True)
class GroupCount:
    """How many messages of one channel stand at one status, and what people did with them.

    `segments` are those of the SMS among them. `sent_lately` and `segments_lately` are what of it
    was sent within the last minute.
    """

    channel: Channel
    status: MessageStatus
    messages: int
    segments: int
    opened: int = 0
    clicked: int = 0
    unsubscribed: int = 0
    sent_lately: int = 0
    segments_lately: int = 0


@dataclass(frozen=True, slots=True)
class Group:
    """A group and where its messages stand at `read_at`."""

    group_id: GroupId
    name: str | None
    state: GroupState
    created_at: datetime
    options: GroupOptions
    halted_at: datetime | None
    halt_reason: str | None
    counts: Sequence[GroupCount]
    read_at: datetime


class Groups:
    """Reads groups."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, group: UUID | str) -> Group | None:
        """Return the group of an id or a name, with its counts; or None."""
        is_id = isinstance(group, UUID)
        parameters = {"group_id": group if is_id else None, "name": None if is_id else group}
        found = _groups(self._database.fetch(_QUERIES["find_group"], parameters))
        return found[0] if found else None

    def page(self, *, before: UUID, limit: int, is_named: bool) -> list[Group]:
        """Return groups made before one, the latest first, with their counts.

        Args:
            before: the id of that one.
            limit: how many at most.
            is_named: leave out those without a name, which are one request each.
        """
        parameters = {"before": before, "limit": limit, "is_named": is_named}
        return _groups(self._database.fetch(_QUERIES["page_of_groups"], parameters))


def _groups(rows: Sequence[DictRow]) -> list[Group]:
    """Return the groups of rows that have one for each channel and status of a group."""
    return [
        _group(of_group[0], [_count(row) for row in of_group if row["channel"]])
        for of_group in (list(some) for _, some in groupby(rows, itemgetter("group_id")))
    ]


def _count(row: DictRow) -> GroupCount:
    return GroupCount(
        channel=Channel(row["channel"]),
        status=MessageStatus(row["status"]),
        messages=row["messages"],
        segments=row["segments"],
        opened=row["opened"],
        clicked=row["clicked"],
        unsubscribed=row["unsubscribed"],
        sent_lately=row["sent_lately"],
        segments_lately=row["segments_lately"],
    )


def _group(row: DictRow, counts: Sequence[GroupCount]) -> Group:
    return Group(
        group_id=GroupId(row["group_id"]),
        name=row["name"],
        state=GroupState(row["state"]),
        created_at=row["created_at"],
        options=GroupOptions(
            row["segment_budget"], row["halt_bounce_share"], row["halt_complaint_share"]
        ),
        halted_at=row["halted_at"],
        halt_reason=row["halt_reason"],
        counts=counts,
        read_at=row["read_at"],
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
