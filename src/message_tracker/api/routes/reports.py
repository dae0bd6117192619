"""Failure reports, listed and shown."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.reports import ReportsAnswer, ReportsQuery
from message_tracker.api.operation import Operation
from message_tracker.api.pages import nowhere_page
from message_tracker.api.reports import Form
from message_tracker.api.responses import answered, answered_text, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.domain.errors import Forged
from message_tracker.core.store.groups import is_uuid

_TAG: Final = "Reports"
_NONE: Final = "no report has this id, or it is no longer kept"
_MEDIA_TYPES: Final = {Form.HTML: "text/html", Form.TEXT: "text/plain", Form.CSV: "text/csv"}
# What others wrote is escaped in a report; this holds even if it were not.
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow, noarchive",
}


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_archive(api, services)
    _add_link(api, services)


def _add_archive(api: Router, services: Services) -> None:
    @api.get(
        "/reports",
        Operation(
            summary="List failure reports", tag=_TAG, query=ReportsQuery, answer=ReportsAnswer
        ),
    )
    def reports(call: Call) -> Response[str]:
        """Those that were sent, the latest period first."""
        query = call.query(ReportsQuery)
        found = services.reports.page(query.kind, query.cursor, query.limit + 1)
        shown = found[: query.limit]
        following = shown[-1].report_id if len(found) > query.limit else None
        return answered({"reports": [_answer(asdict(one)) for one in shown], "next": following})

    @api.get(
        "/reports/<report_id>",
        Operation(
            summary="A failure report, as a page, a text, or the list of its failures",
            tag=_TAG,
            media_type="text/html",
            other_media_types=("text/plain", "text/csv"),
            headers=(("Accept", "text/html, text/plain or text/csv"),),
            problems=(404,),
        ),
    )
    def report(call: Call) -> Response[str]:
        """As the id's ending says (`.html`, `.txt`, `.csv`), or else the header `Accept`."""
        report_id, _, ending = call.path["report_id"].partition(".")
        form = _form(ending, call.headers.get("accept", ""))
        if form is None or not is_uuid(report_id):
            raise not_found(_NONE)
        text = services.reports.read(UUID(report_id), form)
        if text is None:
            raise not_found(_NONE)
        return _shown(text, form, {"Vary": "Accept"})


def _add_link(api: Router, services: Services) -> None:
    @api.get(
        "/r/<token>",
        Operation(
            summary="A failure report, by the link that its mail carries",
            tag=_TAG,
            scopes=frozenset(),
            media_type="text/html",
            other_media_types=("text/plain", "text/csv"),
            pages=(404,),
        ),
    )
    def linked(call: Call) -> Response[str]:
        """As the token's ending says (`.txt`, `.csv`), or else a page."""
        token, _, ending = call.path["token"].partition(".")
        form = _form(ending, "")
        try:
            report_id = services.reports.linked(token)
        except Forged:
            return nowhere_page()
        text = None if form is None else services.reports.read(report_id, form)
        return nowhere_page() if form is None or text is None else _shown(text, form, {})


def _shown(text: str, form: Form, headers: Mapping[str, str]) -> Response[str]:
    media_type = f"{_MEDIA_TYPES[form]}; charset=utf-8"
    return answered_text(text, media_type, {**_HEADERS, **headers})


def _answer(report: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in report.items() if name != "object_key"}


def _form(ending: str, accept: str) -> Form | None:
    if ending:
        return next((form for form in Form if form.value == ending), None)
    return next((form for form, media in _MEDIA_TYPES.items() if media in accept), Form.HTML)
