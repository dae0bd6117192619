"""What is asked and answered of results."""

from typing import Annotated

from pydantic import Field

from message_tracker.api.models.answer import Answer
from message_tracker.core.domain.validation import Strict

MAX_HOURS = 720


class SentQuery(Strict):
    """How far back to count."""

    # Parameters of a query are texts.
    hours: Annotated[int, Field(ge=1, le=MAX_HOURS, strict=False)] = 24


class OpenQuery(Strict):
    """Whose mail was opened."""

    request_id: str = Field(alias="requestId", description="a message's id")


class SentAnswer(Answer):
    """How many messages were sent."""

    sent: int


class ResultCountAnswer(Answer):
    """Where the messages of a group stand; `total` is the sum of the others."""

    total: int
    created: int = Field(description="scheduled, queued, sending")
    sent: int = Field(description="taken by a provider, whatever became of them")
    failed: int = Field(description="expired, suppressed, failed or unconfirmed")
    stopped: int
