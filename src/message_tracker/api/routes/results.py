"""Results by the paths of the older services: told, and asked for."""

from dataclasses import asdict
from typing import Final
from urllib.parse import unquote
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.health import StatusAnswer
from message_tracker.api.models.results import (
    OpenQuery,
    ResultCountAnswer,
    SentAnswer,
    SentQuery,
)
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.routes.sns import sns_answer
from message_tracker.api.routes.tracking import pixel_response
from message_tracker.api.services import Services
from message_tracker.core.domain.message import MessageId
from message_tracker.core.store.groups import is_uuid

_TAG: Final = "Compatibility"


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_counts(api, services)
    _add_events(api, services)


def _add_events(api: Router, services: Services) -> None:
    @api.get(
        "/v1/events/open",
        Operation(
            summary="The open pixel of a message, by its id",
            tag=_TAG,
            scopes=frozenset(),
            query=OpenQuery,
            media_type="image/gif",
        ),
    )
    def open_by_id(call: Call) -> Response[str]:
        """The same picture whatever the id. Our own pixels are signed: see `/o/{token}`."""
        request_id = call.query(OpenQuery).request_id
        if is_uuid(request_id) and services.messages.is_known(UUID(request_id)):
            services.hits.open_unsigned(MessageId(UUID(request_id)), call.headers.get("user-agent"))
        return pixel_response()

    @api.post(
        "/v1/events/result",
        Operation(
            summary="Take a result that Amazon SNS posts",
            tag=_TAG,
            scopes=frozenset(),
            answer=StatusAnswer,
            problems=(400, 403, 404, 413),
        ),
    )
    def event_result(call: Call) -> Response[str]:
        """The same as `/events/sns`."""
        return sns_answer(call, services)


def _add_counts(api: Router, services: Services) -> None:
    @api.get(
        "/v1/results/count/<plan_id>",
        Operation(
            summary="How many messages of a plan, which is a group, stand where",
            tag=_TAG,
            answer=ResultCountAnswer,
            problems=(404,),
        ),
    )
    def plan_results(call: Call) -> Response[str]:
        """By the group's id or its name."""
        count = services.results.of_plan(unquote(call.path["plan_id"]))
        if count is None:
            raise not_found("no group has this id or name")
        return answered(asdict(count))

    @api.get(
        "/v1/results/sent",
        Operation(
            summary="How many messages were sent in the last hours",
            tag=_TAG,
            query=SentQuery,
            answer=SentAnswer,
        ),
    )
    def results_sent(call: Call) -> Response[str]:
        """Counted to the minute."""
        return answered({"sent": services.results.sent_within(call.query(SentQuery).hours)})
