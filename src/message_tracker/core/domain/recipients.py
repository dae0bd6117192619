"""The recipients of a request: read one by one, so that one bad one does not hide another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from message_tracker.core.domain.addresses import InvalidAddress, parse_address
from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.problem import Fault
from message_tracker.core.domain.send_request import (
    MAX_RECIPIENTS,
    RecipientEntry,
)
from message_tracker.core.domain.validation import faults_of


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
    """What a request's `to` came to."""

    addressees: list[Addressee] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    duplicates: int = 0


def parse_recipients(to: object, *, channel: Channel | None, default_region: str) -> Recipients:
    """Return the recipients in their order; of the same address twice, the first counts.

    Args:
        to: the request's field: one entry or a list of entries, each a text or an object.
        channel: as the request asked, for all of them.
        default_region: of phone numbers without a country code.
    """
    found = Recipients()
    if isinstance(to, list) and not 0 < len(to) <= MAX_RECIPIENTS:
        found.faults.append(_wrong_length(len(to)))
        return found
    seen: set[tuple[Channel, str]] = set()
    for where, entry in _entries(to):
        try:
            addressee = _addressee(where, entry, channel, default_region)
        except ValidationError as error:
            found.faults += faults_of(error, where)
        except InvalidAddress as error:
            found.faults.append(Fault(where, "to", f"`to` {error}"))
        else:
            if (key := (addressee.channel, addressee.address)) in seen:
                found.duplicates += 1
                continue
            seen.add(key)
            found.addressees.append(addressee)
    return found


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


def _addressee(
    where: str, entry: object, channel: Channel | None, default_region: str
) -> Addressee:
    if isinstance(entry, str):
        return Addressee(
            where, *parse_address(entry, channel=channel, default_region=default_region)
        )
    if not isinstance(entry, dict):
        raise InvalidAddress('must be an address in quotes, or an object like {"to": "…"}')
    known = RecipientEntry.model_validate(entry)
    address = parse_address(known.to, channel=channel, default_region=default_region)
    return Addressee(where, *address, known.data, known.user_id)
