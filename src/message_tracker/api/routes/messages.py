"""Messages, looked up."""

from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.answers import message_answer
from message_tracker.api.models.messages import MessageAnswer
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.store.groups import is_uuid


def add(api: Router, services: Services) -> None:
    """Register the routes."""

    @api.get(
        "/messages/<message_id>",
        Operation(
            summary="Where a message stands, and its events",
            tag="Messages",
            answer=MessageAnswer,
            problems=(404,),
        ),
    )
    def message(call: Call) -> Response[str]:
        """The events come in the order of their times, at most 500."""
        message_id = call.path["message_id"]
        found = services.messages.find(UUID(message_id)) if is_uuid(message_id) else None
        if found is None:
            raise not_found("no message has this id")
        return answered(message_answer(found))
