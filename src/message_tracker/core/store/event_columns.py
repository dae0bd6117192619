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
    "details": JsonbArray,
    "recipients": TextArray,
}

_shared_text = lru_cache(maxsize=1024)(text_element)


def event_columns(events: Sequence[DeliveryEvent]) -> dict[str, BinaryArray]:
    """Return the parameters of ``ingest_events``; every array has one element per event."""
    return {name: _ARRAYS[name].of(elements) for name, elements in event_elements(events).items()}


def event_elements(events: Sequence[DeliveryEvent]) -> dict[str, list[bytes]]:
    """Return each column's values in Postgres' binary format, each after its length."""
    keys = [event.event_key.int for event in events]
    return {
        "event_keys": [uuid_element(key) for key in keys],
        "times": [
            timestamp_element(((key >> _HASH_BITS) - _POSTGRES_EPOCH_MS) * 1000) for key in keys
        ],
        "message_ids": [
            NULL if (known := event.message_id) is None else uuid_element(known.int)
            for event in events
        ],
        "provider_message_ids": [
            NULL if (named := event.provider_message_id) is None else text_element(named)
            for event in events
        ],
        "channels": [_CHANNELS[event.channel] for event in events],
        "event_types": [_shared_text(event.type_name) for event in events],
        "statuses": [_STATUSES[event.status] for event in events],
        "finals": [_BOOLEANS[event.is_final] for event in events],
        "causes": [
            NULL if (said := event.cause) is None else _shared_text(said) for event in events
        ],
        "details": [
            jsonb_element(msgspec.json.encode(event.details)) if event.details else NULL
            for event in events
        ],
        "recipients": [
            text_element(everyone[0]) if (everyone := event.recipients) else NULL
            for event in events
        ],
    }
