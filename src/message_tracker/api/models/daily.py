"""What is asked and answered of daily analytics."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from message_tracker.api.models.answer import Answer
from message_tracker.core.domain.daily import MOST_DAYS, Analysed

_MOST_LINES = 1_000


class DailyFormat(StrEnum):
    """What the lines may be had as."""

    JSON = "json"
    CSV = "csv"


class DailyQuery(BaseModel):
    """Which days, and by what."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    day: date | None = Field(
        None, alias="date", description="one day (UTC); by default the last one that is over"
    )
    from_: date | None = Field(
        None, alias="from", description=f"instead: the first of at most {MOST_DAYS} days"
    )
    to: date | None = Field(None, description="and the last, inclusive; by default today")
    by: Analysed = Field(Analysed.CHANNEL, description="what the messages of a line have in common")
    format: DailyFormat | None = Field(None, description="by default as `Accept` says, or JSON")
    limit: Annotated[int, Field(ge=1, le=_MOST_LINES)] = _MOST_LINES
    cursor: str | None = Field(None, description="`next` of the page before")


class DailyLineAnswer(Answer):
    """What became of the messages of a day and a label."""

    day: date
    label: str = Field(description="of what is counted by; empty for messages without")
    accepted: int = Field(description="the sum of the next three")
    waiting: int
    not_sent: int = Field(description="given up on our side, stopped, or unconfirmed")
    sent: int = Field(description="accepted by the provider")
    delivered: int
    delayed: int
    bounced_permanent: int
    bounced_transient: int
    bounced_otherwise: int
    complained: int
    opened: int = Field(description="messages that people opened")
    clicked: int
    unsubscribed: int
    segments: int
    price: float | None = Field(description="US dollars, as far as events told; null: of none")
    carrier_fee: float | None
    p50: float | None = Field(description="seconds to delivery of half of them, within 2.5 %")
    p95: float | None
    delivery_rate: float | None = Field(description="of those sent; null if none was")
    bounce_rate: float | None = Field(description="permanent ones, of those sent")
    complaint_rate: float | None
    open_rate: float | None = Field(description="of those delivered; null if none was")
    click_rate: float | None
    unsubscribe_rate: float | None


class DailyAnswer(Answer):
    """A page of lines: by day, then the most messages first."""

    model_config = ConfigDict(populate_by_name=True)

    from_: date = Field(alias="from")
    to: date
    by: Analysed
    lines: list[DailyLineAnswer]
    live: list[date] = Field(description="days counted just now")
    missing: list[date] = Field(description="days that are over and not counted yet")
    next: str | None = Field(description="the cursor of the next page; null on the last one")
