"""Imports: how far a list was read, and which of its lines were refused."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.models.imports import ImportAnswer, RefusedLinesAnswer, RefusedQuery
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.store.groups import is_uuid

_TAG: Final = "Imports"
_FIRST: Final = 100


def add(api: Router, services: Services) -> None:
    """Register the routes."""

    def found(call: Call) -> Mapping[str, Any]:
        import_id = call.path["import_id"]
        row = services.imports.find(UUID(import_id)) if is_uuid(import_id) else None
        if row is None:
            raise not_found("no import has this id")
        return row

    @api.get(
        "/imports/<import_id>",
        Operation(
            summary="How far a list of recipients was read",
            tag=_TAG,
            answer=ImportAnswer,
            problems=(404,),
        ),
    )
    def recipient_import(call: Call) -> Response[str]:
        """The counts, and the first refused lines."""
        row = found(call)
        refused = services.imports.refusals(row["import_id"], after=0, most=_FIRST)
        return answered({**row, "refused_lines": refused})

    @api.get(
        "/imports/<import_id>/refused",
        Operation(
            summary="The lines that nothing is sent to",
            tag=_TAG,
            query=RefusedQuery,
            answer=RefusedLinesAnswer,
            problems=(404,),
        ),
    )
    def refused_lines(call: Call) -> Response[str]:
        """In their order, page by page."""
        page = call.query(RefusedQuery)
        # One more than asked for tells whether there is a next page.
        lines = services.imports.refusals(
            found(call)["import_id"], after=page.after, most=page.limit + 1
        )
        shown = lines[: page.limit]
        following = shown[-1]["line"] if len(lines) > page.limit else None
        return answered({"refused": shown, "next": following})
