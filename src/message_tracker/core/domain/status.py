"""The delivery status of a message.

Provider events arrive late, twice and out of order, so a status is never *set*: it is *joined*.
The statuses form a chain, and the join of two statuses is the later one. Joining is therefore
commutative, associative and idempotent, and every order of the same events gives the same status.

The PostgreSQL enum ``message_status`` declares the same values in the same order, so
``greatest(status, %(status)s)`` is this join inside the database. Opens, clicks and unsubscribes
are counted facts, not statuses.
"""

from enum import StrEnum


class MessageStatus(StrEnum):
    """In ascending order: a later status overrules an earlier one."""

    SCHEDULED = "scheduled"  # accepted by the API, to be queued at its send_at
    QUEUED = "queued"  # accepted by the API, waiting for a sender
    SENDING = "sending"  # begun by a sender; the provider's answer not yet recorded
    STOPPED = "stopped"  # its group was stopped before it was sent
    EXPIRED = "expired"  # its ttl ran out before it was sent
    SUPPRESSED = "suppressed"  # the recipient is on the suppression list
    FAILED = "failed"  # refused at the call, or dead-lettered; a redrive may revive it
    UNCONFIRMED = "unconfirmed"  # the call's outcome is unknown and no event came to settle it
    SENT = "sent"  # accepted by the provider (SES Send, TEXT_QUEUED … TEXT_SUCCESSFUL)
    DELAYED = "delayed"  # SES DeliveryDelay: the provider is still trying
    REJECTED = "rejected"  # SES Reject or Rendering Failure: the provider gave up
    UNDELIVERED = "undelivered"  # SES Bounce (Transient, Undetermined), TEXT_* failures
    DELIVERED = "delivered"  # accepted by the recipient's MTA, carrier or phone
    BOUNCED = "bounced"  # SES Bounce (Permanent), which can follow a Delivery
    COMPLAINED = "complained"  # reported as spam by the recipient


_RANK = {status: rank for rank, status in enumerate(MessageStatus)}

WAITING = frozenset({MessageStatus.SCHEDULED, MessageStatus.QUEUED, MessageStatus.SENDING})
"""Not yet at the provider, as far as we know."""

# A redrive or a resume may lower only these: no provider has them in hand.
REVIVABLE = frozenset(
    {
        MessageStatus.STOPPED,
        MessageStatus.EXPIRED,
        MessageStatus.SUPPRESSED,
        MessageStatus.FAILED,
        MessageStatus.UNCONFIRMED,
    }
)

FAILURES = frozenset(
    {
        MessageStatus.EXPIRED,
        MessageStatus.SUPPRESSED,
        MessageStatus.FAILED,
        MessageStatus.UNCONFIRMED,
        MessageStatus.REJECTED,
        MessageStatus.UNDELIVERED,
        MessageStatus.BOUNCED,
        MessageStatus.COMPLAINED,
    }
)
"""What the failure report tells of."""


def join(one: MessageStatus, other: MessageStatus) -> MessageStatus:
    """Return the status that overrules the other."""
    return max(one, other, key=_RANK.__getitem__)
