"""A limiter whose rate follows the provider's account: one sender of the fleet looks, all obey.

Each reservation of an e-mail lease asks itself whether the account was looked at lately. Of all
that find it was not, one is elected by a conditional write; it asks SES and changes the timeline.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from message_tracker.core import observability
from message_tracker.core.aws.rate_control import RateControl
from message_tracker.core.aws.rate_limiter import SlotLimiter
from message_tracker.core.domain.rate import SendingAccount
from message_tracker.core.domain.slot import ANY, Lease, Terms

if TYPE_CHECKING:
    from types_boto3_sesv2 import SESV2Client

logger = observability.logger()

REFRESHED_EVERY = 300_000_000
"""µs."""

_STOPPED = "SHUTDOWN"
_UNLIMITED = -1


def ses_account(client: "SESV2Client") -> SendingAccount:
    """Return what SES says of the account.

    https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetAccount.html: the quota of 24
    hours is -1 when there is none.
    """
    account = client.get_account()
    quota = account.get("SendQuota", {})
    most = quota.get("Max24HourSend", _UNLIMITED)
    is_used_up = most != _UNLIMITED and most <= quota.get("SentLast24Hours", 0)
    is_stopped = not account.get("SendingEnabled", True)
    is_shut = account.get("EnforcementStatus") == _STOPPED
    return SendingAccount(
        rate=round(quota.get("MaxSendRate", 0) * 1000),
        may_send=not (is_used_up or is_stopped or is_shut),
    )


class AccountRateLimiter:
    """A `SlotLimiter` at the rate that the provider's account allows; safe to share.

    Args:
        limiter: sells the timeline.
        control: changes its rate.
        account: asks the provider.
        clock: µs since the epoch.
    """

    def __init__(
        self,
        limiter: SlotLimiter,
        control: RateControl,
        account: Callable[[], SendingAccount],
        clock: Callable[[], int],
    ) -> None:
        self._limiter = limiter
        self._control = control
        self._account = account
        self._clock = clock
        self._checked_at = 0

    def reserve(self, sizes: Sequence[int], terms: Terms = ANY) -> Lease:
        """Reserve a slot for each message, at the account's rate; raises as `SlotLimiter` does."""
        if self._clock() - self._checked_at >= REFRESHED_EVERY:
            self._refresh()
        return self._limiter.reserve(sizes, terms)

    def still_valid(self, lease: Lease) -> bool:
        """Whether the lease may be used."""
        return self._limiter.still_valid(lease)

    def cool_down(self) -> None:
        """Leave a little of the timeline unsold."""
        self._limiter.cool_down()

    def _refresh(self) -> None:
        election = self._control.elect(REFRESHED_EVERY)
        if election is None:
            return  # there is no timeline yet
        self._checked_at = election.at
        if not election.is_won:
            return
        try:
            account = self._account()
        except (BotoCoreError, ClientError) as error:
            logger.warning("the account cannot be read", extra={"error": type(error).__name__})
            return
        setting = self._control.change(lambda old: old.follow(account))
        logger.info("the account was read", extra={"rate": setting.rate, "full": setting.full})
