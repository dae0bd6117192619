"""Lines of an object into events, and into what is refused of them.

A line that is one record, as nearly every one is, is decoded at once; only one that is none is
looked through for several records, or for what is damaged.
"""

import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from message_tracker.core.domain.errors import Unparseable
from message_tracker.core.domain.events.envelope import parse_event
from message_tracker.core.domain.events.stream import split_records
from message_tracker.core.domain.events.vocabulary import Event


@dataclass(frozen=True, slots=True)
class Refused:
    """Bytes of an object that are no event, and why."""

    offset: int
    raw: bytes = field(repr=False)
    reason: str

    def line(self, bucket: str, key: str) -> bytes:
        """Return the line of the quarantine file: all that a later replay needs."""
        said = {
            "bucket": bucket,
            "key": key,
            "offset": self.offset,
            "reason": self.reason,
            "base64": b64encode(self.raw).decode(),
        }
        return json.dumps(said).encode() + b"\n"


Reading = tuple[int, Event | Refused | None]
"""Where a record ends in its object, and what it came to; None reports nothing."""


def readings(lines: Iterable[tuple[int, bytes]]) -> Iterator[Reading]:
    """Yield what each record of the lines, given with their offsets, came to."""
    for offset, line in lines:
        try:
            yield offset + len(line), parse_event(line)
        except Unparseable:
            yield from _parts(offset, line)


def _parts(start: int, line: bytes) -> Iterator[Reading]:
    for offset, raw in split_records(line):
        found: Event | Refused | None
        try:
            found = parse_event(raw)
        except Unparseable as error:
            found = Refused(start + offset, raw, str(error))
        yield start + offset + len(raw), found
