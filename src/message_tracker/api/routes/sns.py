"""Where Amazon SNS posts."""

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.health import StatusAnswer
from message_tracker.api.operation import Operation
from message_tracker.api.responses import NO_ROUTE, answered, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services


def add(api: Router, services: Services) -> None:
    """Register the route."""

    @api.post(
        "/events/sns",
        Operation(
            summary="Take a post of Amazon SNS",
            tag="Events",
            scopes=frozenset(),
            answer=StatusAnswer,
            problems=(400, 403, 404, 413),
        ),
    )
    def sns(call: Call) -> Response[str]:
        """Only of topics that this deployment lists, and with SNS' signature."""
        return sns_answer(call, services)


def sns_answer(call: Call, services: Services) -> Response[str]:
    """Return what became of a post.

    Raises:
        RequestRefused: no topic may post here.
        Forged: it is none of SNS', or of another topic.
    """
    if services.sns is None:
        raise not_found(NO_ROUTE)
    return answered({"status": services.sns.receive(call.raw)})
