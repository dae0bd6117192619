"""Audiences: named lists of recipients and their members."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from message_tracker.core.domain.audience import Member
from message_tracker.core.domain.ids import new_id
from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.recipients import Addressee
from message_tracker.core.store.database import Database
from message_tracker.core.store.queries import queries

_QUERIES = queries("audiences")

# Before every member: e-mail is the first of the enum, and no address is empty.
_BEFORE_ALL: Final = (Channel.EMAIL, "")


@dataclass(frozen=True, slots=True)
class Audience:
    """An audience and how many members it has by channel."""

    name: str
    created_at: datetime
    email: int
    text: int


@dataclass(frozen=True, slots=True)
class Added:
    """How many members are new, and how many were known and have new data."""

    added: int
    updated: int


class Audiences:
    """The audiences of one deployment."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ensure(self, name: str, now: datetime) -> None:
        """Make an audience, unless there is one of the name."""
        parameters = {"audience_id": new_id(), "name": name, "now": now}
        self._database.fetch(_QUERIES["ensure_audience"], parameters)

    def find(self, name: str) -> Audience | None:
        """Return the audience of a name, or None."""
        rows = self._database.fetch(_QUERIES["audience_by_name"], {"name": name})
        return Audience(**rows[0]) if rows else None

    def find_id(self, name: str) -> UUID | None:
        """Return the id of the audience of a name, or None."""
        rows = self._database.fetch(_QUERIES["audience_id_by_name"], {"name": name})
        return rows[0]["audience_id"] if rows else None

    def all(self) -> list[Audience]:
        """Return every audience, by name."""
        return [Audience(**row) for row in self._database.fetch(_QUERIES["all_audiences"])]

    def put(self, name: str, members: Sequence[Member]) -> Added:
        """Add members, each address once; what was known of an address is replaced."""
        parameters = {
            "name": name,
            "channels": [member.channel.value for member in members],
            "addresses": [str(member.address) for member in members],
            "data": [member.data_json for member in members],
            "user_ids": [member.user_id for member in members],
        }
        rows = self._database.fetch(_QUERIES["put_members"], parameters)
        added = sum(row["is_new"] for row in rows)
        return Added(added, len(rows) - added)

    def remove(self, name: str, channel: Channel, address: str) -> bool:
        """Take an address out of an audience, and return whether it was in."""
        parameters = {"name": name, "channel": channel, "address": address}
        return bool(self._database.fetch(_QUERIES["delete_member"], parameters))

    def delete(self, name: str) -> bool:
        """Delete an audience with its members, and return whether there was one."""
        return bool(self._database.fetch(_QUERIES["delete_audience"], {"name": name}))

    def members(
        self,
        audience_id: UUID,
        channels: Iterable[Channel],
        *,
        most: int,
        after: tuple[Channel, str] | None = None,
    ) -> list[Addressee]:
        """Return the next members, at most so many, e-mail before text and then by address.

        Args:
            audience_id: whose.
            channels: of the members wanted.
            most: how many.
            after: the channel and address of the last one read; from the first without it.
        """
        after_channel, after_address = after or _BEFORE_ALL
        parameters = {
            "audience_id": audience_id,
            "channels": [channel.value for channel in channels],
            "after_channel": after_channel,
            "after_address": after_address,
            "most": most,
        }
        return [
            Addressee(
                pointer="#/audience",
                channel=Channel(row["channel"]),
                address=Personal(row["address"]),
                data=row["data"],
                user_id=row["user_id"],
            )
            for row in self._database.fetch(_QUERIES["members_after"], parameters)
        ]
