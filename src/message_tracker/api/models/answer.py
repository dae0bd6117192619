"""What all answers have in common."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """A JSON object that the API answers: these fields and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True)
