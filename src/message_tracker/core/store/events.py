"""Events, appended, and what they say of messages and addresses, projected in the same statement.

Every fact is a join: of statuses the later, of first times the earlier and of last ones the later,
of details the richer, of days the union. Only opens and clicks are sums, and add up what was stored
for the first time. So any order, repetition, split and mix of routes of the same events leaves the
same rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.events.vocabulary import AccountEvent, DeliveryEvent
from message_tracker.core.store.database import Database
from message_tracker.core.store.event_columns import event_columns
from message_tracker.core.store.queries import queries

_QUERIES = queries("events")
_STORED = msgspec.json.Decoder(list[DeliveryEvent])

# A sender records the provider's id within seconds of the provider's first event.
_RECENT = timedelta(hours=1)
_MOST_ADOPTED = 5_000


@dataclass(frozen=True, slots=True)
class Ingested:
    """How many events a batch added: what was stored before is in neither count."""

    matched: int = 0  # with their message, now or for the first time
    unmatched: int = 0  # about no message we know
    callbacks: int = 0  # owed to webhooks

    def __add__(self, other: "Ingested") -> "Ingested":
        return Ingested(
            matched=self.matched + other.matched,
            unmatched=self.unmatched + other.unmatched,
            callbacks=self.callbacks + other.callbacks,
        )


def ingest(
    cursor: Cursor[DictRow], events: Sequence[DeliveryEvent], *, soft_bounce_days: int = 0
) -> Ingested:
    """Store events and project the new ones onto their messages: one statement for all of them.

    Copies of one event that differ take a further statement each: a statement cannot join three.

    Args:
        cursor: of the transaction that stores them.
        events: in any order, with any repetition.
        soft_bounce_days: on how many days within 30 an address bounces softly until it is
            suppressed; 0 for never.
    """
    total = Ingested()
    for distinct in _rounds(events):
        total += _ingest(cursor, distinct, soft_bounce_days)
    return total


def append_account_events(cursor: Cursor[DictRow], events: Sequence[AccountEvent]) -> None:
    """Keep what was told of the account, each event once; nothing to keep is no statement."""
    if events:
        encoded = msgspec.json.encode(events).decode()
        cursor.execute(_QUERIES["append_account_events"], {"events": encoded})


def adopt_unmatched(
    database: Database, now: datetime, *, within: timedelta = _RECENT, soft_bounce_days: int = 0
) -> int:
    """Match events that came before the sender had recorded the provider's id, and project them.

    Looks at what was received `within` the time before `now`, at most 5,000 events a call, and
    returns how many found their message. Safe to call at any time, by several at once.
    `soft_bounce_days` is as for `ingest`.
    """
    parameters = {"since": now - within, "most": _MOST_ADOPTED}
    with database.transaction() as cursor:
        row = cursor.execute(_QUERIES["matchable_events"], parameters).fetchone()
        if row is None or row["events"] is None:
            return 0
        return _ingest(cursor, decode_stored(row["events"]), soft_bounce_days).matched


def decode_stored(events: str) -> list[DeliveryEvent]:
    """Return events out of the JSON that a query of stored ones gives."""
    return _STORED.decode(events)


def _ingest(
    cursor: Cursor[DictRow], events: Sequence[DeliveryEvent], soft_bounce_days: int
) -> Ingested:
    parameters = {
        **event_columns(events),
        "first_at": min(event.occurred_at for event in events),
        "last_at": max(event.occurred_at for event in events),
        "soft_bounce_days": soft_bounce_days,
    }
    total, is_raced = Ingested(), True
    while is_raced:
        row = cursor.execute(_QUERIES["ingest_events"], parameters).fetchall()[0]
        is_raced = row.pop("raced") > 0
        total += Ingested(**row)
    return total


def _rounds(events: Sequence[DeliveryEvent]) -> Iterator[list[DeliveryEvent]]:
    """Yield the events in lists that hold no key twice, without the copies that say nothing new."""
    waiting = events
    while waiting:
        distinct: dict[UUID, DeliveryEvent] = {}
        differing: list[DeliveryEvent] = []
        for event in waiting:
            first = distinct.setdefault(event.event_key, event)
            if not _says_the_same(first, event):
                differing.append(event)
        yield list(distinct.values())
        waiting = differing


def _says_the_same(one: DeliveryEvent, other: DeliveryEvent) -> bool:
    return one is other or (
        one.message_id == other.message_id
        and one.recipients == other.recipients
        and one.details == other.details
    )
