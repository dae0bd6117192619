"""What a route is, said once: who may call it, what it takes, what it answers.

The router enforces it, and OpenAPI tells it.
"""

import re
from dataclasses import dataclass
from inspect import Parameter, Signature
from typing import Annotated, Any, Final, cast

from pydantic import BaseModel

from message_tracker.api.models.problems import ProblemDetails
from message_tracker.core.domain.api_key import Scope

_PATH_PARAMETER: Final = re.compile(r"<(\w+)>")
_OF_EVERY_ROUTE: Final = (500, 503)
_OF_EVERY_KEY: Final = (401, 403, 429)
_OF_EVERY_PARAMETER: Final = (404,)
_OF_EVERY_INPUT: Final = (400,)
_OF_EVERY_BODY: Final = (413,)

PROBLEM_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A route as its callers see it.

    Args:
        summary: what it does, in a line.
        tag: the chapter it stands in.
        scopes: any of which opens it; none for a route that is open to anyone.
        query: the model of its query parameters.
        body: the model of its JSON body.
        answer: the model of its 200, or None for any object, or what is no JSON.
        media_type: of its 200.
        other_media_types: that its 200 has where it is asked for.
        headers: that it reads, by name, with what they mean.
        problems: HTTP statuses it may answer besides those that its other fields imply.
        pages: further HTTP statuses that it answers with a page, for people.
    """

    summary: str
    tag: str
    scopes: frozenset[Scope] = frozenset({Scope.READ})
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    media_type: str = "application/json"
    other_media_types: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()
    problems: tuple[int, ...] = ()
    pages: tuple[int, ...] = ()

    def statuses(self, rule: str) -> list[int]:
        """Return the statuses of all problems that it may answer at its path, ascending."""
        implied = {*_OF_EVERY_ROUTE, *self.problems}
        # A path's parameter with characters that no id or name has leads to no route.
        implied.update(_OF_EVERY_PARAMETER if _PATH_PARAMETER.search(rule) else ())
        implied.update(_OF_EVERY_KEY if self.scopes else ())
        implied.update(_OF_EVERY_INPUT if self.query or self.body else ())
        implied.update(_OF_EVERY_BODY if self.body else ())
        return sorted(implied)

    def responses(self, rule: str) -> dict[int, Any]:
        """Return its answers at its path in the form that Powertools makes OpenAPI of."""
        is_json = self.media_type == "application/json"
        unmodeled = {"schema": {"type": "object" if is_json else "string"}}
        answer = {"model": self.answer} if self.answer else unmodeled
        others = {name: {"schema": {"type": "string"}} for name in self.other_media_types}
        done = {"description": "Done", "content": {self.media_type: answer, **others}}
        answers: dict[int, Any] = {200: done}
        for status in self.statuses(rule):
            content = {PROBLEM_TYPE: {"model": ProblemDetails}}
            answers[status] = {"description": _DESCRIPTIONS[status], "content": content}
        for status in self.pages:
            page = {"text/html": {"schema": {"type": "string"}}}
            answers[status] = {"description": _DESCRIPTIONS[status], "content": page}
        return answers

    def signature(self, rule: str) -> Signature:
        """Return the signature that says what the route takes, for OpenAPI alone.

        Args:
            rule: the route's path with its parameters: ``/groups/<group_id>``.
        """
        # It stays here, where only the document's reader pays for loading it.
        from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Path, Query

        parameters = [
            _parameter(name, Annotated[str, Path()]) for name in _PATH_PARAMETER.findall(rule)
        ]
        for name, field in self.query.model_fields.items() if self.query else ():
            told = Query(alias=field.alias or name, description=field.description)
            annotation = cast("Any", Annotated)[(field.annotation, *field.metadata, told)]
            parameters.append(_parameter(name, annotation, field.get_default()))
        for name, meaning in self.headers:
            header = Annotated[str | None, Header(alias=name, description=meaning)]
            parameters.append(_parameter(name.lower().replace("-", "_"), header, None))
        if self.body:
            parameters.append(_parameter("body", Annotated[self.body, Body()]))
        return Signature(parameters)


def _parameter(name: str, annotation: object, default: object = Parameter.empty) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


_DESCRIPTIONS: Final = {
    302: "It is elsewhere: see Location",
    400: "The request is not valid; `errors` lists every fault",
    401: "No valid API key",
    403: "The key does not open this, or the post is forged",
    404: "There is no such thing",
    409: "It is not in a state that allows this",
    410: "It is gone",
    413: "The body is too large",
    422: "It cannot be done with these values",
    429: "Too many requests: see Retry-After",
    500: "A fault of ours",
    503: "A service that this one needs does not answer: see Retry-After",
}
