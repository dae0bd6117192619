"""Whether the service is up."""

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.answers import circuit_answer
from message_tracker.api.models.health import HealthAnswer
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.store.health import schema_number


def add(api: Router, services: Services) -> None:
    """Register the route."""

    @api.get(
        "/health",
        Operation(
            summary="Whether the service is up",
            tag="Service",
            scopes=frozenset(),
            answer=HealthAnswer,
        ),
    )
    def health(_call: Call) -> Response[str]:
        """A channel with an open circuit is parked: its messages wait and lose nothing."""
        return answered(
            {
                "status": "ok",
                "schema": schema_number(services.database),
                "open_circuits": [circuit_answer(one) for one in services.circuits.open_circuits()],
            }
        )
