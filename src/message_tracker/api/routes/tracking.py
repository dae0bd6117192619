"""Our links in a mail: unsubscribe, the open pixel, and clicks. A token stands for a key."""

import base64
from typing import Any, Final, cast

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.operation import Operation
from message_tracker.api.pages import nowhere_page, unsubscribe_page, unsubscribed_page
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.domain.errors import Forged
from message_tracker.core.domain.tracked_html import in_a_header

_TAG: Final = "Links in mail"
# One transparent pixel: GIF89a, 1 x 1.
PIXEL: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_unsubscribe(api, services)
    _add_hits(api, services)


def _add_unsubscribe(api: Router, services: Services) -> None:
    @api.get("/u/<token>", _page("Ask whether to unsubscribe"))
    def ask(call: Call) -> Response[str]:
        """Shows a button and changes nothing: link scanners follow every link of a mail."""
        try:
            services.hits.check_unsubscribe(call.path["token"])
        except Forged:
            return nowhere_page()
        return unsubscribe_page()

    @api.post("/u/<token>", _page("Unsubscribe from marketing"))
    def unsubscribe(call: Call) -> Response[str]:
        """RFC 8058: no login, no redirect; once more is the same."""
        try:
            services.hits.unsubscribe(call.path["token"])
        except Forged:
            return nowhere_page()
        return unsubscribed_page()


def _add_hits(api: Router, services: Services) -> None:
    @api.get(
        "/o/<token>",
        Operation(summary="The open pixel", tag=_TAG, scopes=frozenset(), media_type="image/gif"),
    )
    def pixel(call: Call) -> Response[str]:
        """The same picture whatever the token."""
        services.hits.open(call.path["token"].removesuffix(".gif"), _user_agent(call))
        return pixel_response()

    @api.get(
        "/c/<token>",
        Operation(
            summary="Follow a link of a mail",
            tag=_TAG,
            scopes=frozenset(),
            media_type="text/html",
            pages=(302, 404),
        ),
    )
    def click(call: Call) -> Response[str]:
        """Leads only to what the sender signed."""
        try:
            url = services.hits.click(call.path["token"], _user_agent(call))
        except Forged:
            return nowhere_page()
        headers = {
            "Location": in_a_header(url),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
        }
        return Response(
            status_code=302, content_type="text/html", body="", headers=cast("Any", headers)
        )


def _page(summary: str) -> Operation:
    return Operation(
        summary=summary, tag=_TAG, scopes=frozenset(), media_type="text/html", pages=(404,)
    )


def _user_agent(call: Call) -> str | None:
    return call.headers.get("user-agent")


def pixel_response() -> Response[str]:
    """Return the picture, which nobody keeps, so that every open asks for it."""
    response = Response(
        status_code=200,
        content_type="image/gif",
        body=PIXEL,
        headers={"Cache-Control": "no-store, max-age=0", "X-Content-Type-Options": "nosniff"},
    )
    return cast("Response[str]", response)  # bytes, which the gateway gets in base64
