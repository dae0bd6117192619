"""``POST /send``."""

from typing import Final

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.send import SendAnswer
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered
from message_tracker.api.router import Call, Router
from message_tracker.api.service import SendCall
from message_tracker.api.services import Services
from message_tracker.core.domain.api_key import Scope
from message_tracker.core.domain.send_request import SendRequest

_SEND: Final = Operation(
    summary="Accept messages: e-mail, SMS, or both",
    tag="Send",
    scopes=frozenset({Scope.SEND_EMAIL, Scope.SEND_TEXT}),
    body=SendRequest,
    answer=SendAnswer,
    headers=(("Idempotency-Key", "makes a repeat of the request safe"),),
    problems=(409,),
)


def add(api: Router, services: Services) -> None:
    """Register the route."""

    @api.post("/send", _SEND)
    def send(call: Call) -> Response[str]:
        """200 means that the messages are committed: no crash loses them from then on."""
        accepted = services.intake.send(
            SendCall(
                caller=call.caller,
                idempotency_key=call.headers.get("idempotency-key"),
                body=call.raw,
                request_id=call.request_id,
            )
        )
        replayed = {"Idempotent-Replayed": "true"} if accepted.is_replayed else {}
        return answered(accepted.answer, replayed)
