"""Keeps audiences: makes them, adds members to them, takes members out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Final

from message_tracker.api.list_file import read_list
from message_tracker.api.responses import not_found
from message_tracker.core.domain.addresses import AddressRules, InvalidAddress
from message_tracker.core.domain.audience import check_audience_name, members_of
from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.recipient_list import ListFormat, Place
from message_tracker.core.domain.recipients import Addressee, read_entry
from message_tracker.core.domain.send_request import MAX_RECIPIENTS
from message_tracker.core.observability import logger
from message_tracker.core.store.audiences import Added, Audience, Audiences

_LOGGER = logger("api")
_NO_AUDIENCE: Final = "no audience has this name: PUT /audiences/{name} makes it"


@dataclass(slots=True)
class NewMembers:
    """What a list of members came to."""

    addressees: list[Addressee] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class AudienceService:
    """The use cases of ``/audiences``.

    Args:
        audiences: are kept there.
        rules: which addresses are taken.
        clock: tells the time, in UTC.
    """

    audiences: Audiences
    rules: AddressRules
    clock: Callable[[], datetime]

    def ensure(self, name: str) -> Audience:
        """Make an audience, unless there is one, and return it.

        Raises:
            RequestRefused: an audience may not have this name.
        """
        self.audiences.ensure(check_audience_name(name), self.clock())
        return self.find(name)

    def find(self, name: str) -> Audience:
        """Return an audience.

        Raises:
            RequestRefused: 404, there is none of the name.
        """
        if (found := self.audiences.find(name)) is None:
            raise not_found(_NO_AUDIENCE)
        return found

    def read_entries(self, entries: Sequence[object]) -> NewMembers:
        """Return the members that a JSON list names, each entry as `to` takes it."""
        found = NewMembers()
        for index, entry in enumerate(entries):
            where = f"#/members/{index}"
            read = read_entry(where, entry, None, self.rules)
            if isinstance(read, Addressee):
                found.addressees.append(read)
            else:
                found.faults += read
        return found

    def read_csv(self, body: bytes) -> NewMembers:
        """Return the members that a CSV list names.

        Raises:
            RequestRefused: its header row names no column of addresses.
        """
        found = NewMembers()
        lines = read_list(BytesIO(body), ListFormat.CSV, Place(), self.rules)
        try:
            for line in lines:
                found.addressees += line.addressees
                found.faults += line.faults
        except Unparseable as error:
            raise invalid_request([Fault("#", "members", str(error))]) from error
        return found

    def add(self, name: str, members: NewMembers, *, is_partial: bool) -> Added:
        """Add members: all, or (partial) the good ones.

        Raises:
            RequestRefused: 404, there is no such audience; or every fault of the list.
        """
        if self.audiences.find_id(name) is None:
            raise not_found(_NO_AUDIENCE)
        count = len(members.addressees) + len(members.faults)
        if not 0 < count <= MAX_RECIPIENTS:
            detail = f"has {count} members: give 1 to {MAX_RECIPIENTS} in one request"
            raise invalid_request([Fault("#/members", "members", f"the list {detail}")])
        if members.faults and not (is_partial and members.addressees):
            raise invalid_request(members.faults)
        added = self.audiences.put(name, members_of(members.addressees))
        _LOGGER.info("members added", added=added.added, updated=added.updated)
        return added

    def remove(self, name: str, address: str) -> None:
        """Take an address out of an audience.

        Raises:
            RequestRefused: 404, it is not in, or there is no such audience.
        """
        try:
            # Who is in may always go, whatever may be put in today.
            channel, known = AddressRules(self.rules.default_region).parse(address)
        except InvalidAddress as error:
            raise not_found(f"the address {error}") from error
        if not self.audiences.remove(name, channel, known):
            raise not_found("the audience has no member of this address, or there is none")

    def delete(self, name: str) -> None:
        """Delete an audience with its members.

        Raises:
            RequestRefused: 404, there is none of the name.
        """
        if not self.audiences.delete(name):
            raise not_found(_NO_AUDIENCE)
