"""Messages that were given up, put up to be sent again."""

from typing import Final
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.redrive import RedriveAnswer, RedriveBody
from message_tracker.api.operation import Operation
from message_tracker.api.redrive import Redriven
from message_tracker.api.responses import answered, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.domain.api_key import Scope
from message_tracker.core.domain.redrive import Verdict
from message_tracker.core.store.groups import is_uuid

_NO_MESSAGE: Final = "no message has this id"
_NO_GROUP: Final = "no group has this id"


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_message(api, services)
    _add_group(api, services)


def _add_message(api: Router, services: Services) -> None:
    @api.post("/messages/<message_id>/redrive", _operation("Send a message again", "Messages"))
    def redrive_message(call: Call) -> Response[str]:
        """Under the id it has; only what was given up and no provider has."""
        body, message_id = _body(call), call.path["message_id"]
        if not is_uuid(message_id):
            raise not_found(_NO_MESSAGE)
        done = services.redrive.redrive_message(
            UUID(message_id), body.consent, is_dry_run=body.dry_run
        )
        if done.counts[Verdict.UNKNOWN]:
            raise not_found(_NO_MESSAGE)
        return answered(_answer(body, done))


def _add_group(api: Router, services: Services) -> None:
    @api.post("/groups/<group_id>/redrive", _operation("Send a group's failures again", "Groups"))
    def redrive_group(call: Call) -> Response[str]:
        """All that was given up; a repeat changes nothing, since it finds them waiting."""
        body, group_id = _body(call), call.path["group_id"]
        if not is_uuid(group_id) or services.groups.find(UUID(group_id)) is None:
            raise not_found(_NO_GROUP)
        done = services.redrive.redrive_group(UUID(group_id), body.consent, is_dry_run=body.dry_run)
        return answered(_answer(body, done))


def _operation(summary: str, tag: str) -> Operation:
    return Operation(
        summary=summary,
        tag=tag,
        scopes=frozenset({Scope.ADMIN}),
        body=RedriveBody,
        answer=RedriveAnswer,
        problems=(404,),
    )


def _body(call: Call) -> RedriveBody:
    return call.body(RedriveBody) if call.raw.strip() else RedriveBody()


def _answer(body: RedriveBody, done: Redriven) -> dict[str, object]:
    counts = done.counts
    return {
        "dry_run": body.dry_run,
        "redriven": counts[Verdict.REDRIVEN],
        "skipped": {one: counts[one] for one in counts if one is not Verdict.REDRIVEN},
        "is_complete": done.is_complete,
    }
