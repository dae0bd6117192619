"""A batch of events as the columns that the ingest statement takes.

Each column is an array in Postgres' binary format. An event is encoded as soon as it is read, and
then let go of: keeping thousands of them alive costs more than encoding them does. Values that many
events share (types, causes, ranks) are encoded once per process.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from message_tracker.core.domain.events.packing import effect, packed, saying
from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.binary_arrays import (
    NULL,
    BinaryArray,
    BooleanArray,
    SmallintArray,
    TextArray,
    TimestampArray,
    UuidArray,
    boolean_element,
    json_element,
    smallint_element,
    text_element,
    timestamp_element,
    uuid_element,
)

# Places in the Postgres enums, from 1 on: the schema declares them in Python's order.
_CHANNELS: Final = {channel: smallint_element(n) for n, channel in enumerate(Channel, 1)}
_STATUSES: Final[dict[MessageStatus | None, bytes]] = {
    None: NULL,
    **{status: smallint_element(n) for n, status in enumerate(MessageStatus, 1)},
}
_BOOLEANS: Final = {is_true: boolean_element(is_true=is_true) for is_true in (False, True)}

# A key begins with the event's milliseconds since 1970; Postgres counts from 2000.
_HASH_BITS: Final = 80
_POSTGRES_EPOCH_MS: Final = 946_684_800_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_ARRAYS: Final[dict[str, type[BinaryArray]]] = {
    "event_keys": UuidArray,
    "times": TimestampArray,
    "message_ids": UuidArray,
    "provider_message_ids": TextArray,
    "channels": SmallintArray,
    "event_types": TextArray,
    "statuses": SmallintArray,
    "finals": BooleanArray,
    "causes": TextArray,
    "effects": TextArray,
    "details": TextArray,
    "cause_details": TextArray,
    "links": TextArray,
    "recipients": TextArray,
}

_shared_text = lru_cache(maxsize=1024)(text_element)


EncodedEvent = tuple[bytes, ...]
"""An event's values in Postgres' binary format, each after its length, column by column."""


class EventColumns:
    """Events under way to the database, each once, in the order they came.

    Of a copy that differs from the first one, which the same statement cannot store, the event is
    in `differing`.
    """

    def __init__(self, events: Iterable[DeliveryEvent] = ()) -> None:
        self._rows: dict[int, EncodedEvent] = {}
        self.differing: list[DeliveryEvent] = []
        for event in events:
            self.add(event)

    def add(self, event: DeliveryEvent) -> None:
        """Take an event in."""
        row = encoded(event)
        first = self._rows.setdefault(event.event_key.int, row)
        if first is not row and first != row:
            self.differing.append(event)

    def __len__(self) -> int:
        """Return how many events there are, without copies."""
        return len(self._rows)

    @property
    def rows(self) -> Collection[EncodedEvent]:
        """The encoded events."""
        return self._rows.values()

    @property
    def earliest_at(self) -> datetime | None:
        """When the first of the events happened; None where there is no event."""
        return _time_of(min(self._rows)) if self._rows else None

    def parameters(self) -> dict[str, BinaryArray | datetime]:
        """Return the parameters of ``ingest_events``; there must be an event."""
        columns = zip(*self._rows.values(), strict=True)
        arrays: dict[str, BinaryArray | datetime] = {
            name: array.of(column)
            for (name, array), column in zip(_ARRAYS.items(), columns, strict=True)
        }
        return arrays | {
            "first_at": _time_of(min(self._rows)),
            "last_at": _time_of(max(self._rows)),
        }


def encoded(event: DeliveryEvent) -> EncodedEvent:
    """Return the event's values, one for each parameter of ``ingest_events`` that is an array."""
    key, details = event.event_key.int, event.details
    return (
        uuid_element(key),
        timestamp_element(((key >> _HASH_BITS) - _POSTGRES_EPOCH_MS) * 1000),
        NULL if (known := event.message_id) is None else uuid_element(known.int),
        NULL if (named := event.provider_message_id) is None else text_element(named),
        _CHANNELS[event.channel],
        _shared_text(event.type_name),
        _STATUSES[event.status],
        _BOOLEANS[event.is_final],
        NULL if (said := event.cause) is None else _shared_text(said),
        NULL if (done := effect(details)) is None else _shared_text(done),
        NULL if (told := packed(event.type_name, details)) is None else json_element(told),
        NULL if event.status is None or (why := saying(details)) is None else text_element(why),
        NULL if (link := details.get("link")) is None else text_element(str(link)),
        text_element(everyone[0]) if (everyone := event.recipients) else NULL,
    )


def _time_of(key: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=key >> _HASH_BITS)
