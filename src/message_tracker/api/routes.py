"""The routes of the HTTP API, and the answer to every error: problem details (RFC 9457).

Events are API Gateway's HTTP API payload, version 2.0.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from traceback import extract_tb
from typing import Any, Final
from uuid import UUID

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from message_tracker.api.answers import (
    circuit_answer,
    group_answer,
    message_answer,
    order_answer,
    to_json,
)
from message_tracker.api.authentication import authenticate
from message_tracker.api.body import read_bytes
from message_tracker.api.group_control import GroupControl
from message_tracker.api.service import IntakeService, SendCall
from message_tracker.api.sns import SnsIntake
from message_tracker.core.domain.errors import Forged, Unavailable
from message_tracker.core.domain.message import GroupState
from message_tracker.core.domain.problem import Problem, RequestRefused
from message_tracker.core.observability import logger
from message_tracker.core.store.api_keys import ApiKeys
from message_tracker.core.store.circuits import Circuits
from message_tracker.core.store.database import Database
from message_tracker.core.store.groups import Groups, is_uuid
from message_tracker.core.store.health import schema_number
from message_tracker.core.store.messages import Messages

_LOGGER = logger("api")
_RETRY_AFTER_SECONDS: Final = 5
_NO_ROUTE: Final = "there is no such route: see the API's documentation"


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes delegate to; without `sns`, no topic may post."""

    intake: IntakeService
    sns: SnsIntake | None
    keys: ApiKeys
    messages: Messages
    groups: Groups
    control: GroupControl
    circuits: Circuits
    database: Database


def http_api(services: Services) -> APIGatewayHttpResolver:
    """Return the API: it resolves a Lambda event to a Lambda answer."""
    app = APIGatewayHttpResolver()
    _add_routes(app, services)
    _add_errors(app)
    return app


def _add_routes(app: APIGatewayHttpResolver, services: Services) -> None:
    def caller() -> UUID:
        return authenticate(app.current_event.headers.get("authorization"), services.keys)

    _add_messages(app, services, caller)
    _add_groups(app, services, caller)
    _add_events(app, services)

    @app.get("/health")
    def health() -> Response[str]:
        return _answer(
            {
                "status": "ok",
                "schema": schema_number(services.database),
                "open_circuits": [circuit_answer(one) for one in services.circuits.open_circuits()],
            }
        )


def _add_messages(
    app: APIGatewayHttpResolver, services: Services, caller: Callable[[], UUID]
) -> None:
    @app.post("/send")
    def send() -> Response[str]:
        event = app.current_event
        call = SendCall(
            api_key_id=caller(),
            idempotency_key=event.headers.get("idempotency-key"),
            body=read_bytes(event.body, is_base64=bool(event.is_base64_encoded)),
        )
        accepted = services.intake.send(call)
        replayed = {"Idempotent-Replayed": "true"} if accepted.is_replayed else {}
        return _answer(accepted.answer, replayed)

    @app.get("/messages/<message_id>")
    def message(message_id: str) -> Response[str]:
        caller()
        found = services.messages.find(UUID(message_id)) if is_uuid(message_id) else None
        if found is None:
            raise _not_found("no message has this id")
        return _answer(message_answer(found))


def _add_groups(
    app: APIGatewayHttpResolver, services: Services, caller: Callable[[], UUID]
) -> None:
    @app.get("/groups/<group_id>")
    def group(group_id: str) -> Response[str]:
        caller()
        found = services.groups.find(UUID(group_id)) if is_uuid(group_id) else None
        if found is None:
            raise _not_found("no group has this id")
        return _answer(group_answer(found))

    def ordered(group_id: str, state: GroupState) -> Response[str]:
        caller()
        progress = services.control.order(UUID(group_id), state) if is_uuid(group_id) else None
        if progress is None:
            raise _not_found("no group has this id")
        return _answer(order_answer(group_id, state, progress))

    @app.post("/groups/<group_id>/stop")
    def stop(group_id: str) -> Response[str]:
        return ordered(group_id, GroupState.STOPPED)

    @app.post("/groups/<group_id>/pause")
    def pause(group_id: str) -> Response[str]:
        return ordered(group_id, GroupState.PAUSED)

    @app.post("/groups/<group_id>/resume")
    def resume(group_id: str) -> Response[str]:
        return ordered(group_id, GroupState.ACTIVE)


def _add_events(app: APIGatewayHttpResolver, services: Services) -> None:
    @app.post("/events/sns")
    def sns() -> Response[str]:
        if services.sns is None:
            raise _not_found(_NO_ROUTE)
        event = app.current_event
        body = read_bytes(event.body, is_base64=bool(event.is_base64_encoded))
        return _answer({"status": services.sns.receive(body)})


def _add_errors(app: APIGatewayHttpResolver) -> None:
    app.exception_handler(RequestRefused)(_refused)
    app.exception_handler(Forged)(_forged)
    app.exception_handler(Unavailable)(_unavailable)
    app.exception_handler(Exception)(_unexpected)
    app.not_found(_no_route)


def _refused(error: RequestRefused) -> Response[str]:
    return _problem(error.problem)


def _forged(error: Forged) -> Response[str]:
    # To the log why, and not to whoever tries.
    _LOGGER.warning("a post to /events/sns is refused", reason=str(error))
    detail = "the post is not SNS', not of a topic known here, or too old"
    return _problem(Problem(403, "forged", "The post is refused", detail))


def _unavailable(error: Unavailable) -> Response[str]:
    _LOGGER.error("a service is unavailable", cause=str(error))
    detail = "a service that this one needs does not answer: try again in a few seconds"
    headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)}
    return _problem(
        Problem(503, "unavailable", "The service is unavailable", detail, headers=headers)
    )


def _unexpected(error: Exception) -> Response[str]:
    # Neither the text nor the values of an error: they may hold what a person wrote.
    _LOGGER.error("unexpected", cause=type(error).__name__, location=_location(error))
    detail = "the request could not be served: try again, then ask the operator"
    return _problem(Problem(500, "internal", "Something is wrong on our side", detail))


def _no_route(_error: NotFoundError) -> Response[str]:
    return _problem(_not_found(_NO_ROUTE).problem)


def _location(error: Exception) -> str:
    frames = extract_tb(error.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _not_found(detail: str) -> RequestRefused:
    return RequestRefused(Problem(404, "not-found", "Not found", detail))


def _answer(value: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response[str]:
    return _response(200, "application/json", value, headers or {})


def _problem(problem: Problem) -> Response[str]:
    return _response(problem.status, "application/problem+json", problem.to_json(), problem.headers)


def _response(
    status: int, content_type: str, value: Mapping[str, Any], headers: Mapping[str, str]
) -> Response[str]:
    return Response(
        status_code=status,
        content_type=content_type,
        body=to_json(value),
        headers={"Cache-Control": "no-store", **headers},
    )
