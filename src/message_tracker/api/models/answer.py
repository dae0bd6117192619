"""What all answers, and all queries, have in common."""

from typing import Final

from pydantic import BaseModel, ConfigDict

# A model's validator is built when it is first used: a request needs two or three of seventy.
SHAPE: Final = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Answer(BaseModel):
    """A JSON object that the API answers: these fields and no others."""

    model_config = SHAPE


class Query(BaseModel):
    """The parameters of a route's query: these and no others."""

    model_config = SHAPE
