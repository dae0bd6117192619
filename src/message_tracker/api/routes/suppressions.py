"""The suppression list: read, explained, changed."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.suppressions import (
    AddBody,
    ChangeAnswer,
    ExplanationAnswer,
    ListAnswer,
    ListQuery,
    RemoveQuery,
)
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.api.suppressions import Change, Explanation, as_json
from message_tracker.core.domain.api_key import Scope
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.suppression import SuppressionReason
from message_tracker.core.store.suppressions import Place

_TAG: Final = "Suppressions"
_CHANGERS: Final = frozenset({Scope.ADMIN})


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_reads(api, services)
    _add_changes(api, services)


def _add_reads(api: Router, services: Services) -> None:
    @api.get(
        "/suppressions",
        Operation(
            summary="Whom nothing is sent to, and why",
            tag=_TAG,
            query=ListQuery,
            answer=ListAnswer,
        ),
    )
    def suppressions(call: Call) -> Response[str]:
        """In the order of channel, address and reason; `next` leads to the next page."""
        query = call.query(ListQuery)
        found = services.suppressions.suppressions.after(
            _place(query.after),
            channel=query.channel,
            reason=query.reason,
            most=query.limit + 1,
        )
        page = [dict(entry) for entry in found[: query.limit]]
        is_last = len(found) <= query.limit
        return answered({"suppressions": page, "next": None if is_last else _after(page[-1])})

    @api.get(
        "/suppressions/<address>",
        Operation(
            summary="Why does nothing reach this address",
            tag=_TAG,
            answer=ExplanationAnswer,
            problems=(400,),
        ),
    )
    def suppression(call: Call) -> Response[str]:
        """Our list with what led to it, the provider's own as it is now, and the last messages."""
        return answered(_explained(services.suppressions.explain(_address(call))))


def _add_changes(api: Router, services: Services) -> None:
    @api.put(
        "/suppressions/<address>",
        Operation(
            summary="Send nothing to an address from now on",
            tag=_TAG,
            scopes=_CHANGERS,
            body=AddBody,
            answer=ChangeAnswer,
        ),
    )
    def suppress(call: Call) -> Response[str]:
        """For the reason MANUAL; also on the provider's own list."""
        note = call.body(AddBody).note
        change = services.suppressions.add(_address(call), note=note, changed_by=_who(call))
        return answered(_changed(change))

    @api.delete(
        "/suppressions/<address>",
        Operation(
            summary="Let an address be sent to again",
            tag=_TAG,
            scopes=_CHANGERS,
            query=RemoveQuery,
            answer=ChangeAnswer,
        ),
    )
    def unsuppress(call: Call) -> Response[str]:
        """What the person there decided stays, unless it is named; `still` says what is left."""
        reason = call.query(RemoveQuery).reason
        change = services.suppressions.remove(_address(call), reason, changed_by=_who(call))
        return answered(_changed(change))


def _who(call: Call) -> str:
    return f"api key {call.caller.api_key_id}"


def _address(call: Call) -> str:
    """Return the address of the path, which some gateways leave percent-encoded."""
    given = call.path["address"]
    return given if "@" in given else unquote(given)


def _explained(explanation: Explanation) -> dict[str, Any]:
    standing = explanation.standing
    return {
        "channel": explanation.channel,
        "address": explanation.address,
        "blocks": explanation.blocks(),
        "suppressions": [dict(entry) for entry in standing.entries],
        "provider": as_json(explanation.provider),
        "soft_bounce_days": list(standing.soft_bounce_days),
        "history": [dict(change) for change in standing.history],
        "messages": [dict(message) for message in standing.messages],
    }


def _changed(change: Change) -> dict[str, Any]:
    return {
        "channel": change.channel,
        "address": change.address,
        "removed": sorted(change.removed),
        "still": sorted(change.still),
        "provider": as_json(change.provider),
    }


def _after(entry: Mapping[str, Any]) -> str:
    place = [entry["channel"], entry["address"], entry["reason"]]
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _place(after: str | None) -> Place:
    if after is None:
        return Place()
    try:
        channel, address, reason = json.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        return Place(Channel(channel), str(address).replace("\0", ""), SuppressionReason(reason))
    except (ValueError, TypeError) as error:
        detail = "`after` is no place in this list: take `next` of the page before"
        raise invalid_request([Fault("?after", "after", detail)]) from error
