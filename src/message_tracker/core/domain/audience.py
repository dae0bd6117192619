"""Audiences: named lists of recipients, kept by the service."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from message_tracker.core.domain.message import Channel, Personal
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.recipients import Addressee

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Member:
    """One recipient of an audience; `data_json` is None when nothing is known but the address."""

    channel: Channel
    address: Personal
    data_json: str | None
    user_id: str | None


def check_audience_name(name: str) -> str:
    """Return the name if an audience may have it; it stands in addresses of the API as it is.

    Raises:
        RequestRefused: it may not.
    """
    if not _NAME.fullmatch(name):
        detail = (
            "an audience's name begins with a letter or digit and has at most 100 letters, digits,"
            " dots, hyphens and underscores: choose another"
        )
        raise invalid_request([Fault("#/name", "name", detail)])
    return name


def members_of(addressees: Iterable[Addressee]) -> Sequence[Member]:
    """Return recipients as members, each address once: the last entry counts."""
    members = {
        (each.channel, each.address): Member(
            each.channel,
            each.address,
            None if each.data is None else json.dumps(each.data, ensure_ascii=False),
            each.user_id,
        )
        for each in addressees
    }
    return list(members.values())
