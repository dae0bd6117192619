"""Statistics: what became of a period's messages."""

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.stats import StatsAnswer, StatsQuery
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services


def add(api: Router, services: Services) -> None:
    """Register the route."""

    @api.get(
        "/stats",
        Operation(
            summary="What became of a period's messages",
            tag="Statistics",
            query=StatsQuery,
            answer=StatsAnswer,
        ),
    )
    def stats(call: Call) -> Response[str]:
        """By one or two of what messages have in common; days are those on which they were due."""
        return answered(services.statistics.read(call.query(StatsQuery)))
