"""What is answered of imports."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field

from message_tracker.api.models.answer import Answer, Query
from message_tracker.core.domain.message import GroupState
from message_tracker.core.domain.recipient_import import ImportState

MOST_LINES: Final = 1_000


class RefusedLine(Answer):
    """A line that nothing is sent to."""

    line: int = Field(description="of the list, from 1; of an audience: which member")
    detail: str = Field(description="what is wrong with it")


class ImportAnswer(Answer):
    """A request whose recipients are read from a list, and how far."""

    import_id: UUID
    group_id: UUID
    group_state: GroupState = Field(description="only while it is active the list is read on")
    state: ImportState
    reason: str | None = Field(description="why it was refused or failed")
    recipients_url: str | None
    audience: str | None
    lines: int = Field(description="that were read; while checking, of this first pass")
    accepted: int = Field(description="messages")
    duplicates: int = Field(description="addresses that the list had named before")
    skipped: int = Field(description="addresses of a channel that the request is not for")
    refused: int = Field(description="lines")
    refused_lines: list[RefusedLine] = Field(description="the first 100 of them")
    created_at: datetime
    finished_at: datetime | None


class RefusedQuery(Query):
    """Which refused lines to tell."""

    after: Annotated[int, Field(ge=0)] = Field(default=0, description="lines after this one")
    limit: Annotated[int, Field(ge=1, le=MOST_LINES)] = Field(
        default=MOST_LINES, description="at most so many"
    )


class RefusedLinesAnswer(Answer):
    """Refused lines of an import, in their order."""

    refused: list[RefusedLine]
    next: int | None = Field(description="what `after` gives the next page; null: there is none")
