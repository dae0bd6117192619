"""The HTTP API: its routes, and the answer to every error.

Events are API Gateway's HTTP API payload, version 2.0.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.api.pages import nowhere_page
from message_tracker.api.responses import NO_ROUTE, not_found, problem_response
from message_tracker.api.router import Router
from message_tracker.api.routes import Routes
from message_tracker.api.services import Services
from message_tracker.core.domain.errors import Forged, Unavailable
from message_tracker.core.domain.problem import Problem, RequestRefused
from message_tracker.core.observability import logger, note

_LOGGER = logger("api")
_RETRY_AFTER_SECONDS: Final = 5
# Links of mails: who follows one that was cut or mangled is a person, and wants a page.
_OF_MAILS: Final = ("/c/", "/r/", "/u/")


def http_api(services: Services) -> "HttpApi":
    """Return the API: it resolves a Lambda event to a Lambda answer."""
    app = HttpApi(services)
    _add_errors(app)
    return app


class HttpApi(APIGatewayHttpResolver):
    """Powertools' resolver, with our routes."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.routes = Routes(Router(self, services.keys), services)

    def resolve(self, event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Return the answer to a request."""
        self.routes.add_for(APIGatewayProxyEventV2(dict(event)).path)
        return super().resolve(event, context)


def _add_errors(app: APIGatewayHttpResolver) -> None:
    app.exception_handler(RequestRefused)(_refused)
    app.exception_handler(Forged)(_forged)
    app.exception_handler(Unavailable)(_unavailable)
    app.exception_handler(Exception)(_unexpected)
    app.not_found(partial(_no_route, app))


def _refused(error: RequestRefused) -> Response[str]:
    return problem_response(error.problem)


def _forged(error: Forged) -> Response[str]:
    # To the log why, and not to whoever tries.
    _LOGGER.warning("a post to /events/sns is refused", reason=str(error))
    detail = "the post is not SNS', not of a topic known here, or too old"
    return problem_response(Problem(403, "forged", "The post is refused", detail))


def _unavailable(error: Unavailable) -> Response[str]:
    _LOGGER.error("a service is unavailable", cause=str(error))
    detail = "a service that this one needs does not answer: try again in a few seconds"
    headers = {"Retry-After": str(_RETRY_AFTER_SECONDS)}
    return problem_response(
        Problem(503, "unavailable", "The service is unavailable", detail, headers=headers)
    )


def _unexpected(error: Exception) -> Response[str]:
    note(_LOGGER, "unexpected", error)
    detail = "the request could not be served: try again, then ask the operator"
    return problem_response(Problem(500, "internal", "Something is wrong on our side", detail))


def _no_route(app: APIGatewayHttpResolver, _error: NotFoundError) -> Response[str]:
    if app.current_event.path.startswith(_OF_MAILS):
        return nowhere_page()
    return problem_response(not_found(NO_ROUTE).problem)
