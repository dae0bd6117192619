"""What the reporter is asked for: what is due, by its schedule; or a period, by a person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from message_tracker.core.domain.errors import PermanentError
from message_tracker.core.domain.period import Period

_Instant = Annotated[datetime, msgspec.Meta(tz=True)]


class _Bounds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    start: _Instant
    end: _Instant


class _Request(msgspec.Struct, frozen=True):
    period: _Bounds
    kind: Literal["on_demand"] = "on_demand"


def requested_period(event: Mapping[str, Any]) -> Period | None:
    """Return the period asked for: ``{"period": {"start": …, "end": …}, "kind": "on_demand"}``.

    None if the event names none, as the schedule's does. Raises `PermanentError` otherwise.
    """
    if "period" not in event:
        return None
    try:
        bounds = msgspec.convert(event, _Request).period
        return Period(bounds.start, bounds.end)
    except (msgspec.ValidationError, ValueError) as error:
        raise PermanentError(
            f"the request for a report: {error}; write"
            ' {"period": {"start": "2026-09-01T00:00:00Z", "end": "2026-09-01T12:00:00Z"}}'
        ) from error
