"""Messages, looked up, searched and exported."""

from typing import Final
from uuid import UUID

from aws_lambda_powertools.event_handler import Response

from message_tracker.api.answers import message_answer
from message_tracker.api.export import piece
from message_tracker.api.models.messages import (
    ExportFormat,
    ExportQuery,
    MessageAnswer,
    MessagesAnswer,
    MessagesQuery,
    SearchQuery,
)
from message_tracker.api.operation import Operation
from message_tracker.api.responses import answered, answered_text, next_page, not_found
from message_tracker.api.router import Call, Router
from message_tracker.api.services import Services
from message_tracker.core.domain.message_search import (
    MessageSearch,
    Position,
    cursor_at,
    position_at,
)
from message_tracker.core.domain.problem import Fault, invalid_request
from message_tracker.core.store.groups import is_uuid
from message_tracker.core.store.messages import Messages

_TAG: Final = "Messages"
_MEDIA_TYPES: Final = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.NDJSON: "application/x-ndjson",
}


def add(api: Router, services: Services) -> None:
    """Register the routes."""
    _add_search(api, services.messages)
    _add_export(api, services.messages)
    _add_message(api, services.messages)


def _add_search(api: Router, messages: Messages) -> None:
    @api.get(
        "/messages",
        Operation(summary="Search messages", tag=_TAG, query=MessagesQuery, answer=MessagesAnswer),
    )
    def search_messages(call: Call) -> Response[str]:
        """The newest first; a page may be short, or empty, and still have a next one."""
        query = call.query(MessagesQuery)
        search = query.search()
        found = messages.search(search, _behind(query, search), query.limit)
        following = None if found.last is None else cursor_at(found.last, search)
        return answered(
            {"messages": found.messages, "next": following},
            next_page(call.event.query_string_parameters, following),
        )


def _add_export(api: Router, messages: Messages) -> None:
    @api.get(
        "/messages/export",
        Operation(
            summary="Export messages as CSV or NDJSON",
            tag=_TAG,
            query=ExportQuery,
            media_type="text/csv",
            other_media_types=("application/x-ndjson",),
        ),
    )
    def export_messages(call: Call) -> Response[str]:
        """In pieces: while there is a Link header with rel="next", the next piece is there."""
        query = call.query(ExportQuery)
        search = query.search()
        part = piece(messages, search, _behind(query, search), query.format)
        following = None if part.last is None else cursor_at(part.last, search)
        return answered_text(
            part.text,
            _MEDIA_TYPES[query.format],
            next_page(call.event.query_string_parameters, following),
        )


def _add_message(api: Router, messages: Messages) -> None:
    @api.get(
        "/messages/<message_id>",
        Operation(
            summary="Where a message stands, and its events",
            tag=_TAG,
            answer=MessageAnswer,
            problems=(404,),
        ),
    )
    def message(call: Call) -> Response[str]:
        """The events come in the order of their times, at most 500."""
        message_id = call.path["message_id"]
        found = messages.find(UUID(message_id)) if is_uuid(message_id) else None
        if found is None:
            raise not_found("no message has this id")
        return answered(message_answer(found))


def _behind(query: SearchQuery, search: MessageSearch) -> Position | None:
    if query.cursor is None:
        return None
    try:
        return position_at(query.cursor, search)
    except ValueError as error:
        raise invalid_request([Fault("?cursor", "cursor", f"`cursor` {error}")]) from error
