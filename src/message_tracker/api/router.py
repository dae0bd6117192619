"""Routes with what is the same for all of them: who may call, and how input is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2
from pydantic import BaseModel, ValidationError

from message_tracker.api.authentication import authenticate
from message_tracker.api.body import parse_json, read_bytes
from message_tracker.api.operation import Operation
from message_tracker.core.domain.api_key import Caller
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.domain.validation import faults_of
from message_tracker.core.store.api_keys import ApiKeys

M = TypeVar("M", bound=BaseModel)
SECURITY_SCHEME: Final = "apiKey"


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a route, from somebody who may."""

    event: APIGatewayProxyEventV2
    path: Mapping[str, str]
    _caller: Caller | None

    @property
    def caller(self) -> Caller:
        """Return who calls; only a route with scopes knows."""
        if self._caller is None:
            raise LookupError("a route that is open to anyone knows no caller: give it scopes")
        return self._caller

    @property
    def request_id(self) -> str:
        """Return the gateway's name for the request; its answer's header `apigw-requestid`."""
        return self.event.request_context.request_id

    @property
    def headers(self) -> Mapping[str, str]:
        """Return the request's headers; names in any case."""
        return self.event.headers

    @property
    def raw(self) -> bytes:
        """Return the body as the caller sent it.

        Raises:
            RequestRefused: it is too large, or broken on its way.
        """
        return read_bytes(self.event.body, is_base64=bool(self.event.is_base64_encoded))

    def query(self, model: type[M]) -> M:
        """Return the query parameters.

        Raises:
            RequestRefused: lists every fault, each with its parameter's name.
        """
        try:
            return model.model_validate(self.event.query_string_parameters or {})
        except ValidationError as error:
            named = [
                Fault(f"?{fault.field}", fault.field, fault.detail) for fault in faults_of(error)
            ]
            raise invalid_request(named) from error

    def body(self, model: type[M]) -> M:
        """Return the JSON body.

        Raises:
            RequestRefused: it is no JSON object, or lists every fault.
        """
        value = parse_json(self.raw)
        if not isinstance(value, dict):
            raise invalid_request([Fault("#", "request", "the body must be a JSON object")])
        try:
            return model.model_validate(value)
        except ValidationError as error:
            raise invalid_request(faults_of(error)) from error


Handler = Callable[[Call], Response[str]]


class Router:
    """Adds routes to the resolver, each behind the key that its operation asks for."""

    def __init__(self, app: APIGatewayHttpResolver, keys: ApiKeys) -> None:
        self._app = app
        self._keys = keys
        self.operations: dict[tuple[str, str], Operation] = {}
        self._answers: dict[tuple[str, str], Callable[..., Response[str]]] = {}

    def get(self, rule: str, operation: Operation) -> Callable[[Handler], Handler]:
        """Register what answers GET."""
        return self._register("GET", rule, operation)

    def post(self, rule: str, operation: Operation) -> Callable[[Handler], Handler]:
        """Register what answers POST."""
        return self._register("POST", rule, operation)

    def put(self, rule: str, operation: Operation) -> Callable[[Handler], Handler]:
        """Register what answers PUT."""
        return self._register("PUT", rule, operation)

    def patch(self, rule: str, operation: Operation) -> Callable[[Handler], Handler]:
        """Register what answers PATCH."""
        return self._register("PATCH", rule, operation)

    def delete(self, rule: str, operation: Operation) -> Callable[[Handler], Handler]:
        """Register what answers DELETE."""
        return self._register("DELETE", rule, operation)

    def described(self) -> APIGatewayHttpResolver:
        """Return the resolver, told what each route takes; OpenAPI needs it, and nothing else."""
        for (method, rule), operation in self.operations.items():
            answer = self._answers[(method, rule)]
            answer.__signature__ = operation.signature(rule)  # type: ignore[attr-defined]  # inspect honors it
        return self._app

    def _register(
        self, method: str, rule: str, operation: Operation
    ) -> Callable[[Handler], Handler]:
        self.operations[(method, rule)] = operation

        def register(handler: Handler) -> Handler:
            def answer(**path: str) -> Response[str]:
                return handler(self._call(operation, path))

            answer.__doc__ = handler.__doc__
            self._answers[(method, rule)] = answer
            self._app.route(
                rule,
                method,
                summary=operation.summary,
                description=handler.__doc__,
                tags=[operation.tag],
                operation_id=handler.__name__,
                responses=operation.responses(rule),
                security=[{SECURITY_SCHEME: sorted(operation.scopes)}] if operation.scopes else [],
            )(answer)
            return handler

        return register

    def _call(self, operation: Operation, path: Mapping[str, str]) -> Call:
        event = self._app.current_event
        caller = None
        if operation.scopes:
            caller = authenticate(event.headers.get("authorization"), self._keys, operation.scopes)
        return Call(event, path, caller)
