"""Events, appended, and what they say of messages and addresses, projected in the same statement.

Every fact is a join: of statuses the later, of first times the earlier and of last ones the later,
of details the richer, of days the union. Only opens and clicks are sums, and add up what was stored
for the first time. So any order, repetition, split and mix of routes of the same events leaves the
same rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from psycopg import Cursor
from psycopg.rows import DictRow

from message_tracker.core.domain.events.vocabulary import AccountEvent, DeliveryEvent
from message_tracker.core.store.database import Database
from message_tracker.core.store.event_columns import EventColumns
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
    cursor: Cursor[DictRow], events: Iterable[DeliveryEvent], *, soft_bounce_days: int = 0
) -> Ingested:
    """Store events, given in any order and with any repetition; see `ingest_columns`."""
    return ingest_columns(cursor, EventColumns(events), soft_bounce_days=soft_bounce_days)


def ingest_columns(
    cursor: Cursor[DictRow], columns: EventColumns, *, soft_bounce_days: int = 0
) -> Ingested:
    """Store events and project the new ones onto their messages: one statement for all of them.

    Copies of one event that differ take a further statement each: a statement cannot join three.

    Args:
        cursor: of the transaction that stores them.
        columns: the events.
        soft_bounce_days: on how many days within 30 an address bounces softly until it is
            suppressed; 0 for never.
    """
    total = Ingested()
    while columns:
        total += _ingest(cursor, columns, soft_bounce_days)
        columns = EventColumns(columns.differing)
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
        found = decode_stored(row["events"])
        return ingest(cursor, found, soft_bounce_days=soft_bounce_days).matched


def decode_stored(events: str) -> list[DeliveryEvent]:
    """Return events out of the JSON that a query of stored ones gives."""
    return _STORED.decode(events)


def _ingest(cursor: Cursor[DictRow], columns: EventColumns, soft_bounce_days: int) -> Ingested:
    parameters = columns.parameters() | {"soft_bounce_days": soft_bounce_days}
    total, is_raced = Ingested(), True
    while is_raced:
        row = cursor.execute(_QUERIES["ingest_events"], parameters).fetchall()[0]
        is_raced = row.pop("raced") > 0
        total += Ingested(**row)
    return total
