"""Failure reports, listed and shown."""

from dataclasses import asdict
from typing import Final
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.reports import ReportsAnswer, ReportsQuery
from message_tracker.api.operation import Operation
from message_tracker.api.reports import Form
from message_tracker.api.responses import answered, answered_text, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.store.groups import is_uuid

_TAG: Final = "Reports"
_NONE: Final = "no report has this id, or it is no longer kept"
_MEDIA_TYPES: Final = {Form.HTML: "text/html", Form.TEXT: "text/plain", Form.CSV: "text/csv"}
# What others wrote is escaped in a report; this holds even if it were not.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Accept",
}


def add(api: Router, services: Services) -> None:
    """Register the routes."""

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
        return answered_text(text, f"{_MEDIA_TYPES[form]}; charset=utf-8", _HEADERS)


def _answer(report: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in report.items() if name != "object_key"}


def _form(ending: str, accept: str) -> Form | None:
    if ending:
        return next((form for form in Form if form.value == ending), None)
    return next((form for form, media in _MEDIA_TYPES.items() if media in accept), Form.HTML)
