"""What the service answers of itself."""

from datetime import datetime

from pydantic import Field

from message_tracker.api.models.answer import Answer
from message_tracker.core.domain.message import Channel


class StatusAnswer(Answer):
    """What became of a post."""

    status: str


class OpenCircuit(Answer):
    """A channel whose provider refuses everyone."""

    channel: Channel
    opened_at: datetime


class HealthAnswer(Answer):
    """The service is up."""

    status: str = Field(description="`ok`")
    schema_number: int = Field(alias="schema", description="the database's last migration")
    open_circuits: list[OpenCircuit]
