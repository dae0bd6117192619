"""Who decides the rate of a timeline: configuration, an operator, the provider's account.

The rate in force is the operator's, if one was set by hand, else the account's, else the configured
one, and never above the account's. A new configured rate wins once, over one set by hand; a pause
stays. A pause by an operator is only ever lifted by an operator.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from message_tracker.core.domain.message import Channel

TIMELINES: Final[Mapping[Channel, str]] = {
    Channel.EMAIL: "ses#account",
    Channel.TEXT: "sms#account",
}
"""The key of each channel's timeline in the limiter's table."""


class Pauser(StrEnum):
    """Who paused a timeline."""

    OPERATOR = "operator"
    ACCOUNT = "account"  # the provider: a quota is used up, or it stopped the account


@dataclass(frozen=True, slots=True)
class SendingAccount:
    """What the provider says of our account; `rate` is milli-units/s."""

    rate: int
    may_send: bool


@dataclass(frozen=True, slots=True)
class RateSetting:
    """What was decided of a timeline's rate, and by whom; all rates are milli-units/s.

    `configured` is 0 while no sender has been there.
    """

    configured: int
    by_hand: int | None = None
    account: int | None = None
    paused_by: Pauser | None = None

    @property
    def full(self) -> int:
        """The rate while the timeline is not paused."""
        if self.account is None:
            return self.by_hand or self.configured
        return min(self.by_hand or self.account, self.account)

    @property
    def rate(self) -> int:
        """The rate in force, 0 while paused."""
        return 0 if self.paused_by else self.full

    def configure(self, rate: int) -> "RateSetting":
        """Return the setting under a configured rate: a new one wins over one set by hand."""
        if rate == self.configured:
            return self
        return replace(self, configured=rate, by_hand=None if self.configured else self.by_hand)

    def set_by_hand(self, rate: int) -> "RateSetting":
        """Return the setting with a rate an operator chose."""
        return replace(self, by_hand=rate)

    def pause(self) -> "RateSetting":
        """Return the setting paused by an operator."""
        return replace(self, paused_by=Pauser.OPERATOR)

    def resume(self) -> "RateSetting":
        """Return the setting without a pause."""
        return replace(self, paused_by=None)

    def follow(self, account: SendingAccount) -> "RateSetting":
        """Return the setting that the account allows; an operator's pause stays."""
        paused_by = self.paused_by
        if paused_by is not Pauser.OPERATOR:
            paused_by = None if account.may_send else Pauser.ACCOUNT
        return replace(self, account=account.rate or self.account, paused_by=paused_by)
