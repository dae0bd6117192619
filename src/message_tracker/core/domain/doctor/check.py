"""A check: how one thing is read, and what is said of it then."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from message_tracker.core.domain.doctor.finding import Finding, Severity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unread:
    """Why something could not be read; that says nothing of the thing itself."""

    why: str


@dataclass(frozen=True, slots=True)
class Check(Generic[T]):
    """One check; `read` returns None where the thing does not exist."""

    subject: str
    read: Callable[[], T | Unread | None]
    judge: Callable[[T], Iterable[Finding]]
    missing: Finding | None = None

    def run(self) -> list[Finding]:
        """Read and judge; what could not be read is one finding of its own."""
        seen = self.read()
        if isinstance(seen, Unread):
            return [Finding(Severity.UNKNOWN, self.subject, seen.why)]
        if seen is None:
            return [self.missing or Finding(Severity.UNKNOWN, self.subject, "there is none")]
        return list(self.judge(seen))
