"""The recipients of a request: read one by one, so that one bad one does not hide another."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from pydantic import ValidationError

from message_tracker.core.domain.addresses import AddressRules, InvalidAddress
from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.problem import Fault
from message_tracker.core.domain.send_request import (
    MAX_RECIPIENTS,
    RecipientEntry,
)
from message_tracker.core.domain.validation import faults_of

_Parse = Callable[[str], tuple[Channel, Personal]]


@dataclass(frozen=True, slots=True)
class Addressee:
    """One recipient of a request, normalized.

    `pointer` is where it stands in the request; `data` is None when the entry gave none.
    """

    pointer: str
    channel: Channel
    address: Personal
    data: Mapping[str, Any] | None = None
    user_id: str | None = None


@dataclass(slots=True)
class Recipients:
    """What a request's `to`, or the list that it names, came to.

    `channels` are those that a list is used for; None where each recipient says its own.
    """

    addressees: list[Addressee] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    duplicates: int = 0
    channels: frozenset[Channel] | None = None

    @property
    def used_channels(self) -> frozenset[Channel]:
        """Return the channels that messages go by."""
        if self.channels is not None:
            return self.channels
        return frozenset(addressee.channel for addressee in self.addressees)


def parse_recipients(
    to: object,
    *,
    channel: Channel | None,
    rules: AddressRules,
) -> Recipients:
    """Return the recipients in their order; of the same address twice, the first counts.

    Args:
        to: the request's field: one entry or a list of entries, each a text or an object.
        channel: as the request asked, for all of them.
        rules: which addresses are taken.
    """
    found = Recipients()
    if isinstance(to, list) and not 0 < len(to) <= MAX_RECIPIENTS:
        found.faults.append(_wrong_length(len(to)))
        return found
    seen: set[tuple[Channel, str]] = set()
    for where, entry in _entries(to):
        read = read_entry(where, entry, channel, rules)
        if not isinstance(read, Addressee):
            found.faults += read
        elif (key := (read.channel, read.address)) in seen:
            found.duplicates += 1
        else:
            seen.add(key)
            found.addressees.append(read)
    return found


def read_entry(
    where: str, entry: object, channel: Channel | None, rules: AddressRules
) -> Addressee | list[Fault]:
    """Return whom one entry names, or what is wrong with it.

    Args:
        where: the pointer to it.
        entry: an address, or an object like ``{"to": …, "data": {…}, "user_id": …}``.
        channel: what it must be; without it, the address says by its form.
        rules: which addresses are taken.
    """
    try:
        return _addressee(where, entry, partial(rules.parse, channel=channel))
    except ValidationError as error:
        return faults_of(error, where)
    except InvalidAddress as error:
        return [Fault(where, "to", f"`to` {error}")]


def _wrong_length(length: int) -> Fault:
    if not length:
        return Fault("#/to", "to", "`to` is empty: give at least one recipient")
    detail = f"`to` has {length} recipients: send at most {MAX_RECIPIENTS} in one request"
    return Fault("#/to", "to", detail)


def _entries(to: object) -> Iterator[tuple[str, object]]:
    if not isinstance(to, list):
        yield "#/to", to
        return
    for index, entry in enumerate(to):
        yield f"#/to/{index}", entry


def _addressee(where: str, entry: object, parse: _Parse) -> Addressee:
    if isinstance(entry, str):
        return Addressee(where, *parse(entry))
    if not isinstance(entry, dict):
        raise InvalidAddress('must be an address in quotes, or an object like {"to": "…"}')
    known = RecipientEntry.model_validate(entry)
    return Addressee(where, *parse(known.to), known.data, known.user_id)
