"""What is asked and answered of the statistics."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field

from message_tracker.api.models.answer import Answer, Query
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.statistics import Dimension
from message_tracker.core.domain.status import MessageStatus


def _of_dimensions(by: str) -> str:
    names = by.split(",")
    if not set(names) <= set(Dimension) or len(set(names)) != len(names) or len(names) > 2:  # noqa: PLR2004 - one or two
        raise ValueError(f"must be one or two of {', '.join(Dimension)}, with a comma between")
    return by


class StatsQuery(Query):
    """Which messages to count, and by what."""

    from_: date | None = Field(
        None, alias="from", description="the first day (UTC); by default 29 days before `to`"
    )
    to: date | None = Field(None, description="the last day, inclusive; by default today")
    by: Annotated[str, AfterValidator(_of_dimensions)] = Field(
        "day", description=f"one or two of {', '.join(Dimension)}, with a comma between"
    )
    user: str | None = Field(None, min_length=1, description="count this user's messages only")

    @property
    def dimensions(self) -> list[Dimension]:
        """What to count by."""
        return [Dimension(name) for name in self.by.split(",")]


class StatsRow(Answer):
    """What became of messages that have these in common."""

    day: date | None = None
    group: str | None = Field(None, description="its name, or its id if it has none")
    channel: Channel | None = None
    status: MessageStatus | None = None
    template: str | None = Field(None, description="empty for messages without")
    report_type: str | None = Field(None, description="empty for messages without")
    user: str | None = None
    accepted: int
    sent: int = Field(description="accepted by the provider")
    delivered: int
    bounced: int = Field(description="for good")
    complained: int
    opened: int = Field(description="messages that people opened")
    clicked: int
    unsubscribed: int
    segments: int
    delivery_rate: float | None = Field(description="of those sent; null if none was")
    bounce_rate: float | None
    complaint_rate: float | None
    open_rate: float | None = Field(description="of those delivered; null if none was")
    click_rate: float | None
    unsubscribe_rate: float | None


class StatsAnswer(Answer):
    """A period's messages by what they have in common."""

    model_config = ConfigDict(populate_by_name=True)

    from_: date = Field(alias="from")
    to: date
    by: list[Dimension]
    rows: list[StatsRow]
    is_complete: bool = Field(description="false: there are more than 1,000 rows")
