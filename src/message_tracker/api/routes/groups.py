"""Groups: counted, stopped, paused and resumed."""

from typing import Final
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.answers import group_answer, order_answer
from message_tracker.api.models.groups import GroupAnswer, OrderAnswer
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.domain.api_key import Scope
from message_tracker.core.domain.message import GroupState
from message_tracker.core.store.groups import is_uuid

_NO_GROUP: Final = "no group has this id"
_SENDERS: Final = frozenset({Scope.SEND_EMAIL, Scope.SEND_TEXT, Scope.ADMIN})


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_reads(api, services)
    _add_orders(api, services)


def _add_reads(api: Router, services: Services) -> None:
    @api.get(
        "/groups/<group_id>",
        Operation(
            summary="How many messages of a group stand where",
            tag="Groups",
            answer=GroupAnswer,
            problems=(404,),
        ),
    )
    def group(call: Call) -> Response[str]:
        """In all, and per channel; a status with no message is left out."""
        group_id = call.path["group_id"]
        found = services.groups.find(UUID(group_id)) if is_uuid(group_id) else None
        if found is None:
            raise not_found(_NO_GROUP)
        return answered(group_answer(found))


def _add_orders(api: Router, services: Services) -> None:
    @api.post("/groups/<group_id>/stop", _order("End what no sender has begun"))
    def stop(call: Call) -> Response[str]:
        """A stopped group takes no more messages."""
        return ordered(call, GroupState.STOPPED)

    @api.post("/groups/<group_id>/pause", _order("Let nothing more begin, and keep it all"))
    def pause(call: Call) -> Response[str]:
        """New messages are still taken; their time to live runs on."""
        return ordered(call, GroupState.PAUSED)

    @api.post("/groups/<group_id>/resume", _order("Let a paused or stopped group go on"))
    def resume(call: Call) -> Response[str]:
        """Exactly the messages that the stop ended go out, nobody's twice."""
        return ordered(call, GroupState.ACTIVE)

    def ordered(call: Call, state: GroupState) -> Response[str]:
        group_id = call.path["group_id"]
        progress = services.control.order(UUID(group_id), state) if is_uuid(group_id) else None
        if progress is None:
            raise not_found(_NO_GROUP)
        return answered(order_answer(group_id, state, progress))


def _order(summary: str) -> Operation:
    return Operation(
        summary=summary,
        tag="Groups",
        scopes=_SENDERS,
        answer=OrderAnswer,
        problems=(404, 409),
    )
