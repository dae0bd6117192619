"""What becomes of a message: before a call, and by the outcome of one."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from message_tracker.core.domain import cause
from message_tracker.core.domain.backoff import MOST_ATTEMPTS, full_jitter
from message_tracker.core.domain.cause import OwnCause
from message_tracker.core.domain.errors import InvalidTemplate
from message_tracker.core.domain.message import AttemptId
from message_tracker.core.domain.outcome import (
    Accepted,
    ChannelFault,
    OptedOut,
    Outcome,
    Refused,
    Throttled,
    Unknown,
)
from message_tracker.core.domain.status import MessageStatus
from message_tracker.core.store.dispatch import ClaimedMessage, Deferred, Settled, Settlement

THROTTLE_PAUSE = timedelta(seconds=30)
"""At least so long a message waits that stayed throttled; with jitter, at most twice."""

_FIRST_COOL_DOWN = timedelta(seconds=1)
_COOL_DOWN_DOUBLINGS = 4
_NONE = timedelta()
_OPT_OUT = "OPT_OUT"
_LONGEST_DETAIL = 1000


def without_a_call(message: ClaimedMessage, now: datetime) -> Settlement | None:
    """Return what becomes of a message that must not be sent now, or None if it may be."""
    if message.expires_at is not None and message.expires_at <= now:
        return _given_up(message, None, now, MessageStatus.EXPIRED, OwnCause.EXPIRED)
    if message.suppression_reason is not None:
        why = cause.suppressed(message.suppression_reason)
        return _given_up(message, None, now, MessageStatus.SUPPRESSED, why)
    return None


def of_template(message: ClaimedMessage, error: InvalidTemplate, now: datetime) -> Settlement:
    """Return what becomes of a message whose content does not fill with its data."""
    why = OwnCause.INVALID_TEMPLATE
    return _given_up(message, None, now, MessageStatus.FAILED, why, str(error))


def of_outcome(
    message: ClaimedMessage,
    attempt_id: AttemptId,
    outcome: Outcome,
    *,
    now: datetime,
    fraction: float,
) -> Settlement | None:
    """Return what becomes of a message by its call, or None if only an event can tell.

    Args:
        message: as it was claimed, this attempt not yet counted.
        attempt_id: of the call.
        outcome: of the call.
        now: when the outcome was known.
        fraction: a random number of [0, 1), for the jitter of a later try.
    """
    match outcome:
        case Accepted(provider_message_id):
            status = MessageStatus.SENT
            return Settled(message.message_id, attempt_id, status, now, provider_message_id)
        case Throttled() | ChannelFault():
            wait = THROTTLE_PAUSE * (1 + fraction) if isinstance(outcome, Throttled) else _NONE
            return Deferred(message.message_id, attempt_id, now + wait)
        case OptedOut(why, detail):
            settled = _given_up(message, attempt_id, now, MessageStatus.SUPPRESSED, why, detail)
            return replace(settled, suppress_as=_OPT_OUT)
        case Refused(permanent=False) if message.attempts + 1 < MOST_ATTEMPTS:
            due_at = now + full_jitter(message.attempts + 1, fraction)
            return Deferred(message.message_id, attempt_id, due_at, is_attempt=True)
        case Refused(why, detail):
            return _given_up(message, attempt_id, now, MessageStatus.FAILED, why, detail)
        case Unknown():
            return None
        case _:
            assert_never(outcome)


def cool_down(rounds: int, fraction: float) -> timedelta:
    """Return how long to wait before those throttled are called again, after so many rounds."""
    doublings = min(rounds, _COOL_DOWN_DOUBLINGS)
    return _FIRST_COOL_DOWN * (1 << doublings) * (1 + fraction)


def _given_up(
    message: ClaimedMessage,
    attempt_id: AttemptId | None,
    now: datetime,
    status: MessageStatus,
    why: str,
    detail: str | None = None,
) -> Settled:
    return Settled(
        message_id=message.message_id,
        attempt_id=attempt_id,
        status=status,
        at=now,
        cause=why,
        cause_detail=None if detail is None else storable(detail),
    )


def storable(detail: str) -> str:
    """Return a provider's words as Postgres can keep them: no NUL, no lone surrogate, not endless.

    One such text would otherwise fail the statement that records the whole chunk.
    """
    kept = detail[:_LONGEST_DETAIL].replace("\0", "\N{REPLACEMENT CHARACTER}")
    return kept.encode("utf-8", "replace").decode("utf-8")
