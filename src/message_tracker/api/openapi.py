"""OpenAPI 3.1, made of the routes: what is said there is enforced and told."""

import json
from pathlib import Path
from typing import Any, Final

import aws_lambda_powertools.event_handler.openapi as powertools_openapi
from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer, Server
from aws_lambda_powertools.event_handler.openapi.swagger_ui import generate_swagger_html

from message_tracker.api.router import SECURITY_SCHEME, Router

_VERSION: Final = "1"  # of the API: a change that breaks callers makes it 2
_DESCRIPTION: Final = (
    "Sends e-mail and SMS inside the account's limits, and tells what became of them. "
    "Every error is a problem of RFC 9457."
)
_THEIR_LINK: Final = 'currentUrl.pathname + "?format=json"'  # to a route that we do not have
_UI: Final = Path(powertools_openapi.__file__).parent / "swagger_ui"


def document_of(api: Router) -> str:
    """Return the description of all routes, as JSON."""
    document: dict[str, Any] = json.loads(
        api.described().get_openapi_json_schema(
            title="Message Tracker",
            version=_VERSION,
            openapi_version="3.1.0",
            description=_DESCRIPTION,
            servers=[Server(url=".")],  # wherever the description was read from
            security_schemes={SECURITY_SCHEME: HTTPBearer(description="An API key: mt_…")},
        )
    )
    # Powertools adds the errors of its own validation, which no route of ours answers.
    for name in ("HTTPValidationError", "ResponseValidationError", "ValidationError"):
        document["components"]["schemas"].pop(name, None)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def page_of(document: str) -> str:
    """Return a page that shows a description and lets one try it; it loads nothing."""
    page = generate_swagger_html(
        spec=document.replace("</", "<\\/"),
        swagger_js=(_UI / "swagger-ui-bundle.min.js").read_text("utf-8"),
        swagger_css=(_UI / "swagger-ui.min.css").read_text("utf-8"),
        swagger_base_url="",
        oauth2_config=None,
    )
    return page.replace(_THEIR_LINK, 'new URL("openapi.json", currentUrl).pathname')
