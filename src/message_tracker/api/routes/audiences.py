"""Audiences: made, filled, looked at and deleted."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.audiences import AudienceService
from message_tracker.api.models.audiences import (
    AudienceAnswer,
    AudiencesAnswer,
    DoneAnswer,
    MembersAnswer,
    MembersQuery,
    MembersRequest,
)
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.domain.api_key import Scope
from message_tracker.core.store.audiences import Audience

_TAG: Final = "Audiences"
_KEEPERS: Final = frozenset({Scope.SEND_EMAIL, Scope.SEND_TEXT, Scope.ADMIN})


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_audiences(api, services.audiences)
    _add_members(api, services.audiences)


def _add_audiences(api: Router, service: AudienceService) -> None:
    @api.put("/audiences/<name>", _keeping("Make an audience", AudienceAnswer, 400))
    def make_audience(call: Call) -> Response[str]:
        """One that there is already stays as it is."""
        return answered(_audience(service.ensure(call.path["name"])))

    @api.get(
        "/audiences",
        Operation(summary="Every audience with its counts", tag=_TAG, answer=AudiencesAnswer),
    )
    def audiences(_call: Call) -> Response[str]:
        """By name."""
        return answered({"audiences": [_audience(each) for each in service.audiences.all()]})

    @api.get(
        "/audiences/<name>",
        Operation(
            summary="An audience with its counts", tag=_TAG, answer=AudienceAnswer, problems=(404,)
        ),
    )
    def audience(call: Call) -> Response[str]:
        """How many members it has, by channel."""
        return answered(_audience(service.find(call.path["name"])))

    @api.delete("/audiences/<name>", _keeping("Delete an audience", DoneAnswer, 404))
    def delete_audience(call: Call) -> Response[str]:
        """With its members; what was sent to them stays."""
        service.delete(call.path["name"])
        return answered({"name": call.path["name"]})


def _add_members(api: Router, service: AudienceService) -> None:
    @api.post(
        "/audiences/<name>/members",
        Operation(
            summary="Add members, or replace what is known of them",
            tag=_TAG,
            scopes=_KEEPERS,
            query=MembersQuery,
            body=MembersRequest,
            answer=MembersAnswer,
            headers=(("Content-Type", "text/csv for a list with a header row"),),
            problems=(404,),
        ),
    )
    def add_members(call: Call) -> Response[str]:
        """As JSON, or as CSV with a header row."""
        name, how = call.path["name"], call.query(MembersQuery)
        if call.headers.get("content-type", "").partition(";")[0].strip().lower() == "text/csv":
            members = service.read_csv(call.raw)
        else:
            members = service.read_entries(call.body(MembersRequest).members)
        added = service.add(name, members, is_partial=how.partial)
        refused = {"refused": [fault.to_json() for fault in members.faults]} if how.partial else {}
        return answered({"name": name, "added": added.added, "updated": added.updated, **refused})

    @api.delete(
        "/audiences/<name>/members/<address>", _keeping("Take a member out", DoneAnswer, 404)
    )
    def remove_member(call: Call) -> Response[str]:
        """The address is percent-encoded."""
        service.remove(call.path["name"], unquote(call.path["address"]))
        return answered({"name": call.path["name"]})


def _keeping(summary: str, answer: type[AudienceAnswer | DoneAnswer], problem: int) -> Operation:
    return Operation(summary=summary, tag=_TAG, scopes=_KEEPERS, answer=answer, problems=(problem,))


def _audience(audience: Audience) -> Mapping[str, Any]:
    return {
        "name": audience.name,
        "created_at": audience.created_at,
        "members": audience.email + audience.text,
        "email": audience.email,
        "text": audience.text,
    }
