"""HTTP answers: JSON objects and problem details (RFC 9457)."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.answers import to_json
from message_tracker.api.operation import PROBLEM_TYPE
from message_tracker.core.domain.problem import Problem, RequestRefused

NO_ROUTE: Final = "there is no such route: see the API's documentation"


def answered(value: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response[str]:
    """Return a 200 with a JSON object."""
    return _response(200, "application/json", value, headers or {})


def answered_text(text: str, media_type: str, headers: Mapping[str, str]) -> Response[str]:
    """Return a 200 with a text of some other type."""
    return Response(
        status_code=200,
        content_type=media_type,
        body=text,
        headers={"Cache-Control": "no-store", **headers},
    )


def next_page(parameters: Mapping[str, str] | None, cursor: str | None) -> dict[str, str]:
    """Return the header that leads to the next page (RFC 8288, section 3), if there is one.

    Args:
        parameters: the query of this page.
        cursor: of the next one.
    """
    if cursor is None:
        return {}
    return {"Link": f'<?{urlencode({**(parameters or {}), "cursor": cursor})}>; rel="next"'}


def problem_response(problem: Problem) -> Response[str]:
    """Return a refusal or a failure."""
    return _response(problem.status, PROBLEM_TYPE, problem.to_json(), problem.headers)


def not_found(detail: str) -> RequestRefused:
    """Return the refusal of what asks for something that is not there."""
    return RequestRefused(Problem(404, "not-found", "Not found", detail))


def _response(
    status: int, content_type: str, value: Mapping[str, Any], headers: Mapping[str, str]
) -> Response[str]:
    return Response(
        status_code=status,
        content_type=content_type,
        body=to_json(value),
        headers={"Cache-Control": "no-store", **headers},
    )
