"""Groups: made, counted, stopped, paused and resumed."""

from typing import Final
from urllib.parse import unquote
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.answers import order_answer
from message_tracker.api.group_answers import group_answer, groups_answer
from message_tracker.api.models.groups import (
    GroupAnswer,
    GroupChange,
    GroupsAnswer,
    GroupsQuery,
    NewGroup,
    OrderAnswer,
)
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.domain.api_key import Scope
from message_tracker.core.domain.message import GroupState
from message_tracker.core.store.group_options import GroupOptions
from message_tracker.core.store.groups import is_uuid

_NO_GROUP: Final = "no group has this id or name"
_SENDERS: Final = frozenset({Scope.SEND_EMAIL, Scope.SEND_TEXT, Scope.ADMIN})


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_reads(api, services)
    _add_options(api, services)
    _add_orders(api, services)


def _add_reads(api: Router, services: Services) -> None:
    @api.get(
        "/groups",
        Operation(
            summary="The groups, the latest first, and where their messages stand",
            tag="Groups",
            query=GroupsQuery,
            answer=GroupsAnswer,
        ),
    )
    def groups(call: Call) -> Response[str]:
        """A page at a time: `next` is the `before` of the following one."""
        query = call.query(GroupsQuery)
        page = services.groups.page(before=query.before, limit=query.limit, is_named=query.named)
        return answered(groups_answer(page, query.limit))

    @api.get(
        "/groups/<group_id>",
        Operation(
            summary="How many messages of a group stand where, by its id or name",
            tag="Groups",
            answer=GroupAnswer,
            problems=(404,),
        ),
    )
    def group(call: Call) -> Response[str]:
        """In all, and per channel; a status with no message is left out."""
        return _group_answer(services, unquote(call.path["group_id"]))


def _add_options(api: Router, services: Services) -> None:
    @api.post(
        "/groups",
        Operation(
            summary="Make a group, with its limits, before its first message",
            tag="Groups",
            scopes=_SENDERS,
            body=NewGroup,
            answer=GroupAnswer,
            problems=(409,),
        ),
    )
    def new_group(call: Call) -> Response[str]:
        """`POST /send` makes groups too: without limits of their own."""
        body = call.body(NewGroup)
        group_id = services.group_limits.create(
            body.name, _limits(body), is_test=call.caller.is_test
        )
        return _group_answer(services, str(group_id))

    @api.patch(
        "/groups/<group_id>",
        Operation(
            summary="Change a group's limits",
            tag="Groups",
            scopes=_SENDERS,
            body=GroupChange,
            answer=GroupAnswer,
            problems=(404,),
        ),
    )
    def changed_group(call: Call) -> Response[str]:
        """What the body leaves out stays; null takes a limit away."""
        group_id, body = call.path["group_id"], call.body(GroupChange)
        changed = body.model_fields_set
        if not is_uuid(group_id) or not services.group_limits.change(
            UUID(group_id), _limits(body), changed
        ):
            raise not_found(_NO_GROUP)
        return _group_answer(services, group_id)


def _group_answer(services: Services, group: str) -> Response[str]:
    found = services.groups.find(UUID(group) if is_uuid(group) else group)
    if found is None:
        raise not_found(_NO_GROUP)
    return answered(group_answer(found))


def _limits(body: GroupChange) -> GroupOptions:
    return GroupOptions(body.segment_budget, body.halt_bounce_share, body.halt_complaint_share)


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
        group_id = _id_of(call, services)
        progress = services.control.order(group_id, state) if group_id else None
        if group_id is None or progress is None:
            raise not_found(_NO_GROUP)
        return answered(order_answer(group_id, state, progress))


def _id_of(call: Call, services: Services) -> UUID | None:
    """Return the id of the group that a path names by its id or its name."""
    named = unquote(call.path["group_id"])
    if is_uuid(named):
        return UUID(named)
    found = services.groups.find(named)
    return found.group_id if found else None


def _order(summary: str) -> Operation:
    return Operation(
        summary=summary,
        tag="Groups",
        scopes=_SENDERS,
        answer=OrderAnswer,
        problems=(404, 409),
    )
