"""The API's description of itself: OpenAPI, and a page to read and try it."""

from functools import cache
from typing import Final

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.operation import Operation
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services

_TAG: Final = "Service"
# The page's own script and style, its calls to this API, and nothing from anywhere else.
_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; "
    "img-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def add(api: Router, _services: Services) -> None:
    """Register the routes."""

    @cache
    def document() -> str:
        from message_tracker.api.openapi import document_of

        return document_of(api)

    @api.get(
        "/openapi.json",
        Operation(summary="This description of the API", tag=_TAG, scopes=frozenset()),
    )
    def openapi(_call: Call) -> Response[str]:
        """OpenAPI 3.1."""
        return Response(
            status_code=200,
            content_type="application/json",
            body=document(),
            headers={"Cache-Control": "max-age=300"},
        )

    @api.get(
        "/docs",
        Operation(
            summary="The same, as a page", tag=_TAG, scopes=frozenset(), media_type="text/html"
        ),
    )
    def docs(_call: Call) -> Response[str]:
        """Every route can be tried from it; the key stays in the browser's tab."""
        from message_tracker.api.openapi import page_of

        return Response(
            status_code=200,
            content_type="text/html; charset=utf-8",
            body=page_of(document()),
            headers={
                "Cache-Control": "max-age=300",
                "Content-Security-Policy": _POLICY,
                "X-Content-Type-Options": "nosniff",
            },
        )
