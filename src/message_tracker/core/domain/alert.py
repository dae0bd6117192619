"""What a person is told of at once, and not only by the next report."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class AlertKind(StrEnum):
    """What may be wrong; `WORDS` of a catalog say what to do about it."""

    FAILURE_SHARE = "failure_share"
    COMPLAINT_SHARE = "complaint_share"
    DEAD_LETTERS = "letters"
    IMBALANCE = "imbalance"


SHARES = frozenset({AlertKind.FAILURE_SHARE, AlertKind.COMPLAINT_SHARE})
"""The kinds whose values are shares, and not counts."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What is judged: of the last hour, the last day, and the messages accepted within a day."""

    failed_in_hour: int = 0
    sent_in_hour: int = 0
    complaints_in_day: int = 0
    emails_in_day: int = 0
    dead_letters_in_hour: int = 0
    contradictions: int = 0


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From what on each is told. A share of fewer messages than `least_sent` says nothing."""

    failure_share: float
    complaint_share: float
    dead_letters: int
    least_sent: int


@dataclass(frozen=True, slots=True)
class Finding:
    """How a measure stands to its threshold."""

    kind: AlertKind
    value: float
    threshold: float

    @property
    def is_exceeded(self) -> bool:
        """Whether someone must know."""
        return self.value >= self.threshold


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is wrong, or was: `closed_at` is when it was over."""

    alert_id: UUID
    kind: AlertKind
    value: float
    threshold: float
    opened_at: datetime
    closed_at: datetime | None


def judge(measures: Measures, thresholds: Thresholds) -> list[Finding]:
    """Return a finding of each kind."""
    least = thresholds.least_sent
    failures = _share(measures.failed_in_hour, measures.sent_in_hour, least)
    complaints = _share(measures.complaints_in_day, measures.emails_in_day, least)
    return [
        Finding(AlertKind.FAILURE_SHARE, failures, thresholds.failure_share),
        Finding(AlertKind.COMPLAINT_SHARE, complaints, thresholds.complaint_share),
        Finding(AlertKind.DEAD_LETTERS, measures.dead_letters_in_hour, thresholds.dead_letters),
        Finding(AlertKind.IMBALANCE, measures.contradictions, 1),
    ]


def _share(part: int, sent: int, least: int) -> float:
    """Return the share, at most 1: what fails before it is sent is not among what was sent."""
    whole = max(part, sent)
    return part / whole if whole >= least else 0.0
