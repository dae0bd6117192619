"""What a provider's call came to.

Neither SES nor SMS has an idempotency token, so the one thing a sender must never do is guess:
an outcome it does not know is `Unknown`, and only the provider's own event settles it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the message and named it."""

    provider_message_id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider certainly did not take the message.

    `cause` groups failures in the report, e.g. ``ses/MessageRejected``; `detail` is the provider's
    own text. Trying again helps only when `permanent` is false.
    """

    cause: str
    detail: str
    permanent: bool


@dataclass(frozen=True, slots=True)
class OptedOut:
    """The provider keeps the recipient on its own opt-out list: not sent, now or later."""

    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class ChannelFault:
    """Not sent, for a reason that holds for every message of the channel until a person acts.

    Its account is paused, its money or its day's quota is spent, or its configuration is wrong.
    """

    cause: str
    detail: str


@dataclass(frozen=True, slots=True)
class Throttled:
    """The provider said "later": not sent, and not an attempt."""

    detail: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The answer was lost: the message may or may not have been taken."""

    detail: str


Outcome = Accepted | Refused | OptedOut | ChannelFault | Throttled | Unknown
