"""What is asked and answered of failure reports."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from message_tracker.api.models.answer import Answer, Query

_MOST_REPORTS = 100


class ReportsQuery(Query):
    """Which reports."""

    kind: Literal["hourly", "daily", "weekly", "on_demand"] | None = None
    limit: Annotated[int, Field(ge=1, le=_MOST_REPORTS)] = 20
    cursor: UUID | None = Field(default=None, description="`next` of the page before")


class ReportAnswer(Answer):
    """A report that was sent."""

    report_id: UUID
    kind: str = Field(description="hourly, daily, weekly, or on_demand")
    period_start: datetime
    period_end: datetime
    sent_at: datetime
    failures: int
    accepted: int = Field(description="messages accepted in its period")


class ReportsAnswer(Answer):
    """A page of reports, the latest period first."""

    reports: list[ReportAnswer]
    next: UUID | None = Field(description="the cursor of the next page; null on the last one")
