"""What is to follow from an answer: done, try again and when, give up, disable the endpoint."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

WAITS: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
"""How long to wait after the first failure, the second … After one more, a callback is given up."""

MOST_ATTEMPTS: Final = len(WAITS) + 1

PATIENCE: Final = timedelta(days=3)
"""An endpoint that has failed for so long without one good answer is disabled."""

_JITTER: Final = 0.25  # of a wait, to either side
_LONGEST_WAIT: Final = timedelta(hours=24)
_GONE: Final = 410
_GOOD: Final = range(200, 300)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call came to.

    Args:
        status: of HTTP; None when there was no answer.
        latency_ms: how long it took.
        error: why there was no answer, without any data of a person.
        retry_after: the header Retry-After as it came.
    """

    status: int | None
    latency_ms: int
    error: str | None = None
    retry_after: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows.

    Args:
        is_delivered: the endpoint has taken it.
        is_gone: the endpoint wants no more calls.
        due_at: when to try again; None: never.
    """

    is_delivered: bool
    is_gone: bool = False
    due_at: datetime | None = None


def judge(answer: Answer, attempts: int, *, now: datetime, fraction: float) -> Verdict:
    """Return what follows from the answer to an attempt.

    Args:
        answer: the endpoint's. Only 2xx is good: a redirect is not followed, and so no answer.
        attempts: how many there were, with this one.
        now: the present.
        fraction: a random number of [0, 1).
    """
    if answer.status in _GOOD:
        return Verdict(is_delivered=True)
    is_gone = answer.status == _GONE
    if attempts >= MOST_ATTEMPTS:
        return Verdict(is_delivered=False, is_gone=is_gone)
    wait = WAITS[attempts - 1] * (1 + _JITTER * (2 * fraction - 1))
    asked = asked_wait(answer.retry_after, now=now)
    return Verdict(is_delivered=False, is_gone=is_gone, due_at=now + max(wait, asked))


def asked_wait(retry_after: str | None, *, now: datetime) -> timedelta:
    """Return how long Retry-After asks to wait (RFC 9110, section 10.2.3), at most a day.

    Seconds or a date; what is neither asks for nothing.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), _LONGEST_WAIT)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return timedelta(0)
    wait = until.replace(tzinfo=until.tzinfo or UTC) - now
    return min(max(wait, timedelta(0)), _LONGEST_WAIT)
