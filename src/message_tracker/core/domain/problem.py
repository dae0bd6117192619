"""What is wrong with a request, as its caller reads it: problem details (RFC 9457)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from message_tracker.core.domain.errors import PermanentError

MAX_LISTED: Final = 100
"""Faults in one answer; the detail says how many there are."""

_TYPE: Final = "urn:message-tracker:problem:"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a request.

    Args:
        pointer: where, as a JSON pointer in a URI fragment (RFC 6901, section 6): ``#/to/3``.
        field: the request's field.
        detail: what is wrong, and what to do. No address and no text of a person.
    """

    pointer: str
    field: str
    detail: str

    def to_json(self) -> dict[str, str]:
        """Return the fault as an object of the answer."""
        return {"pointer": self.pointer, "field": self.field, "detail": self.detail}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request is refused.

    Args:
        status: the HTTP status.
        name: of the kind of problem, the end of its `type` URN.
        title: of the kind of problem, the same for every occurrence.
        detail: of this occurrence.
        faults: everything that is wrong, not only the first.
        headers: what the HTTP answer carries besides.
    """

    status: int
    name: str
    title: str
    detail: str
    faults: Sequence[Fault] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the body of the answer, of type ``application/problem+json``."""
        body: dict[str, Any] = {
            "type": _TYPE + self.name,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
        }
        if self.faults:
            body["errors"] = [fault.to_json() for fault in self.faults[:MAX_LISTED]]
        return body


class RequestRefused(PermanentError):
    """A request cannot be served; the problem says why and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.detail)
        self.problem = problem


def invalid_request(faults: Sequence[Fault]) -> RequestRefused:
    """Return the refusal of a request with these faults."""
    count = len(faults)
    detail = f"1 fault: {faults[0].detail}" if count == 1 else f"{count} faults"
    if count > MAX_LISTED:
        detail += f", of which the first {MAX_LISTED} are listed"
    return RequestRefused(
        Problem(400, "invalid-request", "The request is not valid", detail, faults)
    )


def budget_exceeded(group_id: str, *, budget: int, taken: int, asked: int) -> RequestRefused:
    """Return the refusal of a request whose SMS segments a group's budget has no room for."""
    detail = (
        f"the group has a budget of {budget} segments, of which {taken} are taken, and this request"
        f" has {asked}: raise `segment_budget` with PATCH /groups/{group_id}, or send less"
    )
    return RequestRefused(
        Problem(409, "segment-budget-exceeded", "The group's budget is used up", detail)
    )


def pointer(within: str, *steps: object) -> str:
    """Return a JSON pointer (RFC 6901, section 3) some steps below another."""
    escaped = (str(step).replace("~", "~0").replace("/", "~1") for step in steps)
    return "/".join([within, *escaped])
