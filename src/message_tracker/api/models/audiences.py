"""What audiences are asked and answered."""

from datetime import datetime
from typing import Any

from pydantic import Field

from message_tracker.api.models.answer import Answer, Query
from message_tracker.api.models.problems import FaultDetails
from message_tracker.core.domain.validation import Strict


class AudienceAnswer(Answer):
    """An audience, and how many members it has."""

    name: str
    created_at: datetime
    members: int
    email: int = Field(description="members with an e-mail address")
    text: int = Field(description="members with a phone number")


class AudiencesAnswer(Answer):
    """Every audience, by name."""

    audiences: list[AudienceAnswer]


class MembersRequest(Strict):
    """Members to be added."""

    members: list[Any] = Field(description="each as an entry of `to` in `POST /send`")


class MembersQuery(Query):
    """How members are added."""

    partial: bool = Field(default=False, description="add the good even if others are bad")


class MembersAnswer(Answer):
    """What came of adding members."""

    name: str
    added: int = Field(description="that were no members yet")
    updated: int = Field(description="that were, and have new data")
    refused: list[FaultDetails] | None = Field(default=None, description="with `partial` only")


class DoneAnswer(Answer):
    """It is done."""

    name: str
