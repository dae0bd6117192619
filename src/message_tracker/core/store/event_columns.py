"""A batch of events as the columns that the ingest statement takes.

Each column is an array in Postgres' binary format, built in one pass; values that many events share
(types, causes, ranks) are encoded once per process.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import msgspec

from message_tracker.core.domain.events.vocabulary import DeliveryEvent
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.binary_arrays import (
    NULL,
    BinaryArray,
    BooleanArray,
    JsonbArray,
    SmallintArray,
    TextArray,
    TimestampArray,
    UuidArray,
    boolean_element,
    jsonb_element,
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

_shared_text = lru_cache(maxsize=1024)(text_element)


def event_columns(events: Sequence[DeliveryEvent]) -> dict[str, BinaryArray]:
    """Return the parameters of ``ingest_events``; every array has one element per event."""
    keys = [event.event_key.int for event in events]
    return {
        "event_keys": UuidArray.of(map(uuid_element, keys)),
        "times": TimestampArray.of(
            [timestamp_element(((key >> _HASH_BITS) - _POSTGRES_EPOCH_MS) * 1000) for key in keys]
        ),
        "message_ids": UuidArray.of(
            [NULL if (id_ := event.message_id) is None else uuid_element(id_.int) for event in events]
        ),
        "provider_message_ids": TextArray.of(
            [
                NULL if (id_ := event.provider_message_id) is None else text_element(id_)
                for event in events
            ]
        ),
        "channels": SmallintArray.of([_CHANNELS[event.channel] for event in events]),
        "event_types": TextArray.of([_shared_text(event.type_name) for event in events]),
        "statuses": SmallintArray.of([_STATUSES[event.status] for event in events]),
        "finals": BooleanArray.of([_BOOLEANS[event.is_final] for event in events]),
        "causes": TextArray.of(
            [NULL if (said := event.cause) is None else _shared_text(said) for event in events]
        ),
        "details": JsonbArray.of(
            [
                jsonb_element(msgspec.json.encode(event.details)) if event.details else NULL
                for event in events
            ]
        ),
    }
