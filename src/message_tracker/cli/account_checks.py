"""What the doctor looks at in an account, whatever stages it has."""

from collections.abc import Callable, Collection, Iterable, Iterator
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from message_tracker.core.aws.checkup import email, text
from message_tracker.core.aws.checkup.clients import Clients
from message_tracker.core.aws.checkup.reading import guarded
from message_tracker.core.domain.doctor import email as mail
from message_tracker.core.domain.doctor import text as sms
from message_tracker.core.domain.doctor.check import Check, Unread
from message_tracker.core.domain.doctor.finding import Finding
from message_tracker.core.domain.message import Channel

T = TypeVar("T")
AnyCheck = Check[Any]


def account_checks(
    clients: Clients,
    now: datetime,
    email_per_second: float = 0.0,
    channels: Collection[Channel] = tuple(Channel),
) -> Iterator[AnyCheck]:
    """Give the checks of the account: of a stage they need its rate and its channels only.

    SES' are among them whatever the channels are, for reports go by e-mail.
    """
    yield check(
        "SES account",
        "ses:GetAccount",
        partial(email.account, clients.email),
        partial(mail.judge_account, per_second=email_per_second),
    )
    if Channel.TEXT not in channels:
        return
    yield check(
        "SMS spend limit",
        "sms-voice:DescribeSpendLimits",
        partial(text.spending, clients.text, clients.metrics, now),
        sms.judge_spending,
    )
    yield check(
        "SMS sandbox",
        "sms-voice:DescribeAccountAttributes",
        partial(text.tier, clients.text),
        sms.judge_tier,
    )


def check(
    subject: str,
    permission: str,
    read: Callable[[], T | None],
    judge: Callable[[T], Iterable[Finding]],
    missing: Finding | None = None,
) -> Check[T]:
    """Return a check whose reading is never the end of the others.

    Args:
        subject: what is looked at.
        permission: what reading it needs.
        read: returns it as AWS tells it, or None where it is not there.
        judge: says what is to be said of it.
        missing: is said where it is not there.
    """
    guarded_read: Callable[[], T | Unread | None] = guarded(permission, read)
    return Check(subject, guarded_read, judge, missing)
