"""Errors, as problem details (RFC 9457)."""

from pydantic import Field

from message_tracker.api.models.answer import Answer


class FaultDetails(Answer):
    """One thing that is wrong with a request."""

    pointer: str = Field(description="where: a JSON pointer (RFC 6901), or `?name` in the query")
    field: str = Field(description="the request's field or parameter")
    detail: str = Field(description="what is wrong, and what to do")


class ProblemDetails(Answer):
    """Why a request was refused or failed (RFC 9457, section 3)."""

    type: str = Field(description="a stable name of the kind of problem")
    title: str = Field(description="of the kind of problem")
    status: int = Field(description="the HTTP status")
    detail: str = Field(description="of this occurrence")
    errors: list[FaultDetails] | None = Field(default=None, description="every fault, at most 100")
