"""Details as they are stored: the values alone, in the order of their type's names.

Names are more than half of what details are in JSON, and the same in every event of a type. So they
stand here, and in the database's function ``event_details``, which puts them back; a test compares
the two. A new name goes to the end of its type's: what is stored keeps its place.

What an event does beside its status (the address it suppresses, the machine it was) is kept apart,
as its *effect*: it names nobody, and outlives the details.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from message_tracker.core.domain.events.sms import STATUSES
from message_tracker.core.domain.events.vocabulary import Details, EventType, Scalar

_HIT: Final = ("ip_address", "user_agent", "link", "link_tags")
_TEXT: Final = (
    *("status", "status_description", "origination", "country", "carrier", "mcc", "mnc"),
    *("encoding", "parts", "price", "carrier_fee"),
)
_DIAGNOSIS: Final = ("enhanced_status_code", "diagnostic", "action", "by_recipient")

DETAIL_NAMES: Final[Mapping[str, Sequence[str]]] = {
    EventType.REJECT.value: ("reason",),
    EventType.RENDERING_FAILURE.value: ("template_name", "error_message"),
    EventType.DELIVERY.value: (
        *("smtp_response", "reporting_mta", "remote_mta_ip", "processing_time_ms"),
    ),
    EventType.DELIVERY_DELAY.value: ("delay_type", "expires_at", "reporting_mta", *_DIAGNOSIS),
    EventType.BOUNCE.value: (
        *("bounce_type", "bounce_sub_type", "feedback_id", "reporting_mta", "remote_mta_ip"),
        *_DIAGNOSIS,
    ),
    EventType.COMPLAINT.value: (
        *("complaint_type", "complaint_sub_type", "feedback_id", "user_agent", "arrived_at"),
    ),
    EventType.OPEN.value: _HIT,
    EventType.CLICK.value: _HIT,
    EventType.SUBSCRIPTION.value: (
        *("contact_list", "source", "unsubscribe_all"),
        *("new_topic_preferences", "old_topic_preferences"),
    ),
    **dict.fromkeys((kind.value for kind in STATUSES), _TEXT),
}
"""By the provider's name of the type, the names of its details in the order they are stored."""

_EFFECTS: Final = ("suppress", "machine")
# Of several that an event may tell, the first says why its status is what it is.
_SAYINGS: Final = (
    *("diagnostic", "status_description", "smtp_response", "error_message", "reason"),
)


def effect(details: Details) -> str | None:
    """Return what an event does beside its status; None for nothing."""
    done = details.get("suppress") or details.get("machine")
    return str(done) if done else None


def packed(type_name: str, details: Details) -> bytes | None:
    """Return the details without the effect as JSON: a list of values, or an object with names.

    An object where there is a detail that the type's names do not have; None where there are none.
    """
    if not details:
        return None
    values: list[Scalar | None] = [details.get(name) for name in DETAIL_NAMES.get(type_name, ())]
    told = len(details) - sum([name in details for name in _EFFECTS])
    if len(values) - values.count(None) != told:
        return msgspec.json.encode({n: v for n, v in details.items() if n not in _EFFECTS})
    while values and values[-1] is None:
        values.pop()
    return msgspec.json.encode(values) if values else None


def saying(details: Details) -> str | None:
    """Return the provider's own words about why; None if the event has none."""
    for name in _SAYINGS:
        if name in details:
            return str(details[name])
    return None
