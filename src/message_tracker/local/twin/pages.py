"""The inbox as pages: what was sent to whom, newest first, and each message with its HTML.

Rendered here, no script, nothing loaded from elsewhere. A message's HTML is a stranger's: it is
shown in a sandboxed frame, under a content security policy that admits only inline styles and
images from this machine (so that our own open pixel still counts).
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from message_tracker.local.twin.accepted import Accepted
from message_tracker.local.twin.exchange import Response

_TEMPLATES: Final = Path(__file__).parent.parent / "templates"
_SHOWN: Final = 200
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data: http://127.0.0.1:*; "
    "frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


def inbox_page(messages: Sequence[Accepted], stats: Mapping[str, Any], to: str | None) -> Response:
    """Return the list of the newest messages; `to` is the recipient they were filtered by."""
    newest = list(reversed(messages[-_SHOWN:]))
    return _page("inbox.html", messages=newest, total=len(messages), stats=stats, to=to)


def message_page(message: Accepted | None) -> Response:
    """Return one message in full, or the page that says it is not there."""
    return _page("message.html", status=404 if message is None else 200, message=message)


def _page(template: str, *, status: int = 200, **values: object) -> Response:
    html = _environment().get_template(template).render(**values)
    return Response(
        html.encode(),
        status,
        "text/html; charset=utf-8",
        {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"},
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined
    )
