"""The few pages that people see: to unsubscribe, that it is done, that a link leads nowhere.

They load nothing, run nothing, are told to nobody and cannot be framed.
"""

from http import HTTPStatus
from typing import Final

from aws_lambda_powertools.event_handler import Response

from message_tracker.core.domain.unsubscribe import ONE_CLICK

_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 system-ui, sans-serif }}
body {{ max-width: 32rem; margin: 15vh auto; padding: 0 1rem }}
button {{ font: inherit; padding: .5rem 1.25rem }}
</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""
_NAME, _, _VALUE = ONE_CLICK.partition("=")
_FORM: Final = f"""<p>You will get no more news at this address. Other mail, as on an order or your
password, still comes.</p>
<form method="post"><input type="hidden" name="{_NAME}" value="{_VALUE}">
<button>Unsubscribe</button></form>"""
_DONE: Final = "<p>No more news will be sent to this address.</p>"
_NOWHERE: Final = "<p>The link is incomplete or too old. Copy it whole from the mail.</p>"


def unsubscribe_page() -> Response[str]:
    """Return the page that asks; only its button changes anything."""
    return _page(HTTPStatus.OK, "Unsubscribe?", _FORM)


def unsubscribed_page() -> Response[str]:
    """Return the page that says it is done."""
    return _page(HTTPStatus.OK, "You are unsubscribed", _DONE)


def nowhere_page() -> Response[str]:
    """Return the page of every link that is none of ours."""
    return _page(HTTPStatus.NOT_FOUND, "This link leads nowhere", _NOWHERE)


def _page(status: HTTPStatus, title: str, body: str) -> Response[str]:
    return Response(
        status_code=status,
        content_type="text/html; charset=utf-8",
        body=_PAGE.format(title=title, body=body),
        headers=dict(_HEADERS),
    )
