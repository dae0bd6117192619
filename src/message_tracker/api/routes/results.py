"""Results by the paths of the older services."""

from dataclasses import asdict
from typing import Final
from urllib.parse import unquote

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.results import ResultCountAnswer, SentAnswer, SentQuery
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services

_TAG: Final = "Compatibility"


def add(api: Router, services: Services) -> None:
    """Register the routes."""

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
