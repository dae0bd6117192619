"""Made-up objects of the archive: what a campaign's events look like, seeded.

Of the messages, one in twenty is unknown to us; of the events, one in twenty comes twice, and
neighbors in time come in any order, also across objects.
"""

import gzip
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from uuid import UUID

from benchmarks.event_records import email_events, text_events
from message_tracker.core.domain.message import Channel

_SEED = 5321
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_PER_OBJECT = 5_000
_OUT_OF_ORDER_BY = 12_000  # events
_TEXT_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Traffic:
    """Objects as Firehose writes them, and the messages they tell of."""

    objects: list[bytes]  # gzip, newline-delimited
    known_emails: dict[UUID, str]  # the provider's id, by ours
    known_texts: dict[UUID, str]
    events: int  # with the duplicates
    distinct: int
    mean_bytes: float

    @property
    def lines(self) -> Iterator[bytes]:
        """Yield every record, in the order of the objects."""
        for each in self.objects:
            yield from gzip.decompress(each).splitlines()


def traffic(number: int) -> Traffic:
    """Return that many events, always the same."""
    chance = random.Random(_SEED)
    known: dict[bool, dict[UUID, str]] = {True: {}, False: {}}
    timed: list[tuple[datetime, bytes]] = []
    distinct = number * 20 // 21
    while len(timed) < distinct:
        is_text = chance.random() < _TEXT_SHARE
        sent_at = START + timedelta(milliseconds=len(timed) * 40)
        message_id, provider_id = _uuid7(chance, sent_at), _provider_id(chance, is_text=is_text)
        if chance.random() > 1 / 20:
            known[is_text][message_id] = provider_id
        events_of = text_events if is_text else email_events
        timed += events_of(chance, message_id, provider_id, sent_at)
    del timed[distinct:]
    timed += chance.choices(timed, k=number - distinct)
    lines = [line for _, line in sorted(timed, key=lambda event: _arrival(chance, event[0]))]
    return Traffic(
        objects=[
            gzip.compress(b"\n".join([*lines[cut : cut + _PER_OBJECT], b""]), 6)
            for cut in range(0, number, _PER_OBJECT)
        ],
        known_emails=known[False],
        known_texts=known[True],
        events=number,
        distinct=distinct,
        mean_bytes=sum(map(len, lines)) / number,
    )


def objects_about(
    sent: Sequence[tuple[UUID, str]], channel: Channel, sent_at: datetime
) -> Iterator[tuple[bytes, int]]:
    """Yield the archive's objects that tell of these messages, each with its number of events.

    Args:
        sent: pairs of our id and the provider's.
        channel: of them all.
        sent_at: when they were sent, all at once.
    """
    chance = random.Random(_SEED)
    events_of = text_events if channel is Channel.TEXT else email_events
    timed = sorted(
        (event for ours, theirs in sent for event in events_of(chance, ours, theirs, sent_at)),
        key=itemgetter(0),
    )
    for cut in range(0, len(timed), _PER_OBJECT):
        lines = [line for _, line in timed[cut : cut + _PER_OBJECT]]
        yield gzip.compress(b"\n".join([*lines, b""]), 6), len(lines)


def _arrival(chance: random.Random, occurred_at: datetime) -> datetime:
    return occurred_at + timedelta(milliseconds=chance.random() * _OUT_OF_ORDER_BY * 40)


def _uuid7(chance: random.Random, at: datetime) -> UUID:
    at_ms = int(at.timestamp() * 1000)
    return UUID(int=at_ms << 80 | 7 << 76 | 2 << 62 | chance.getrandbits(62))


def _provider_id(chance: random.Random, *, is_text: bool) -> str:
    random_id = UUID(int=chance.getrandbits(128))
    return str(random_id) if is_text else f"0100018e{chance.getrandbits(32):08x}-{random_id}-000000"
