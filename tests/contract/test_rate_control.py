"""An operator and the provider's account change a timeline's rate while senders are at work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.stub import Stubber

from message_tracker.core.aws.account_rate import (
    REFRESHED_EVERY,
    AccountRateLimiter,
    ses_account,
)
from message_tracker.core.aws.clients import limiter_client
from message_tracker.core.aws.rate_control import RateControl
from message_tracker.core.aws.rate_limiter import SlotLimiter
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.domain.errors import Throttled, Unavailable
from message_tracker.core.domain.rate import Pauser, RateSetting, SendingAccount
from message_tracker.core.domain.slot import CREATION_GUARD

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

TABLE = "limiter"
KEY = "ses#account"
RATE = 14_000
NOW = 1_750_000_000_000_000


class Account:
    """What the provider says, and how often it was asked."""

    def __init__(self) -> None:
        self.says = SendingAccount(RATE, may_send=True)
        self.error: Exception | None = None
        self.asked = 0

    def __call__(self) -> SendingAccount:
        self.asked += 1
        if self.error:
            raise self.error
        return self.says


@pytest.fixture
def dynamodb(aws: None) -> "DynamoDBClient":
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return limiter_client()


@pytest.fixture
def now() -> list[int]:
    return [NOW]


@pytest.fixture
def table(dynamodb: "DynamoDBClient") -> RateTable:
    slept: list[float] = []
    return RateTable(dynamodb, TABLE, KEY, sleep=slept.append)


@pytest.fixture
def control(table: RateTable, now: list[int]) -> RateControl:
    return RateControl(table, lambda: now[0], largest=1)


@pytest.fixture
def limiter(table: RateTable, now: list[int]) -> SlotLimiter:
    return SlotLimiter(table, RATE, lambda: now[0], largest=1)


@pytest.fixture
def account() -> Account:
    return Account()


def a_sender(table: RateTable, account: Account, now: list[int]) -> AccountRateLimiter:
    def clock() -> int:
        return now[0]

    limiter = SlotLimiter(table, RATE, clock, largest=1)
    return AccountRateLimiter(limiter, RateControl(table, clock, largest=1), account, clock)


def test_before_the_first_sender_there_is_nothing_to_show(control: RateControl) -> None:
    assert control.show() is None


def test_the_rate_and_who_decided_it_are_shown(control: RateControl, limiter: SlotLimiter) -> None:
    lease = limiter.reserve([1])
    control.change(lambda setting: setting.set_by_hand(9_000))

    shown = control.show()

    assert shown is not None
    timeline, setting = shown
    assert setting == RateSetting(RATE, by_hand=9_000)
    assert (timeline.rate, timeline.sold_until) == (9_000, NOW + CREATION_GUARD)
    assert lease.end > timeline.sold_until


def test_a_change_that_changes_nothing_voids_no_lease(
    control: RateControl, limiter: SlotLimiter
) -> None:
    lease = limiter.reserve([1])

    control.change(RateSetting.resume)

    assert limiter.still_valid(lease)


def test_a_pause_stops_the_fleet_and_a_resume_lets_it_go_on(
    control: RateControl, limiter: SlotLimiter
) -> None:
    lease = limiter.reserve([1])
    control.change(RateSetting.pause)

    with pytest.raises(Throttled, match="paused"):
        limiter.reserve([1])

    assert not limiter.still_valid(lease)
    control.change(RateSetting.resume)
    assert limiter.reserve([1]).rate == RATE


def test_a_pause_before_the_first_sender_holds_it(
    control: RateControl, limiter: SlotLimiter
) -> None:
    control.change(RateSetting.pause)

    with pytest.raises(Throttled, match="paused"):
        limiter.reserve([1])

    control.change(RateSetting.resume)
    assert limiter.reserve([1]).rate == RATE


def test_a_change_that_others_forestall_is_made_on_what_they_left(
    control: RateControl,
    limiter: SlotLimiter,
    dynamodb: "DynamoDBClient",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limiter.reserve([1])
    read = dynamodb.get_item
    forestalled = [lambda: limiter.reserve([1]), lambda: limiter.reserve([1])]

    def read_then_buy(**parameters: Any) -> object:  # noqa: ANN401 - boto3's
        response = read(**parameters)
        if forestalled:
            forestalled.pop()()
        return response

    monkeypatch.setattr(dynamodb, "get_item", read_then_buy)

    control.change(lambda setting: setting.set_by_hand(9_000))

    assert limiter.reserve([1]).rate == 9_000


def test_a_change_whose_answer_was_lost_is_made_once(
    control: RateControl,
    limiter: SlotLimiter,
    dynamodb: "DynamoDBClient",
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limiter.reserve([1])
    update, losses = dynamodb.update_item, [1]

    def lose(**parameters: Any) -> object:  # noqa: ANN401 - boto3's
        response = update(**parameters)
        if losses:
            losses.pop()
            raise ReadTimeoutError(endpoint_url="dynamodb")
        return response

    monkeypatch.setattr(dynamodb, "update_item", lose)

    setting = control.change(lambda old: old.set_by_hand(9_000))

    assert setting.by_hand == 9_000
    assert limiter.reserve([1]).rate == 9_000


def test_a_setting_that_cannot_be_read_is_named_with_the_remedy(
    control: RateControl, limiter: SlotLimiter, dynamodb: "DynamoDBClient"
) -> None:
    limiter.reserve([1])
    dynamodb.update_item(
        TableName=TABLE,
        Key={"pk": {"S": KEY}},
        UpdateExpression="SET paused_by = :nobody",
        ExpressionAttributeValues={":nobody": {"S": "nobody"}},
    )

    with pytest.raises(Unavailable, match="delete it"):
        control.show()


def test_of_a_fleet_one_sender_asks_the_account_and_all_follow(
    table: RateTable, account: Account, now: list[int]
) -> None:
    senders = [a_sender(table, account, now) for _ in range(5)]
    account.says = SendingAccount(90_000, may_send=True)
    senders[0].reserve([1])  # there must be a timeline to follow with

    rates = [sender.reserve([1]).rate for sender in senders]

    assert rates == [90_000] * 5
    assert account.asked == 1


def test_the_account_is_asked_again_after_its_time(
    table: RateTable, account: Account, now: list[int]
) -> None:
    senders = [a_sender(table, account, now) for _ in range(3)]
    for sender in [*senders, *senders]:
        sender.reserve([1])
    account.says = SendingAccount(1_000, may_send=True)
    now[0] += REFRESHED_EVERY + 1

    rates = [sender.reserve([1]).rate for sender in senders]

    assert rates == [1_000] * 3
    assert account.asked == 2


def test_an_account_that_may_not_send_pauses_and_resumes_by_itself(
    table: RateTable, account: Account, now: list[int]
) -> None:
    sender = a_sender(table, account, now)
    sender.reserve([1])
    account.says = SendingAccount(RATE, may_send=False)
    with pytest.raises(Throttled, match="paused"):
        sender.reserve([1])
    account.says = SendingAccount(RATE, may_send=True)
    now[0] += REFRESHED_EVERY + 1

    lease = sender.reserve([1])

    assert sender.still_valid(lease)
    assert lease.rate == RATE


def test_an_account_that_is_well_lifts_no_operator_s_pause(
    table: RateTable, account: Account, now: list[int], control: RateControl
) -> None:
    sender = a_sender(table, account, now)
    sender.reserve([1])
    control.change(RateSetting.pause)
    now[0] += REFRESHED_EVERY + 1

    with pytest.raises(Throttled, match="paused"):
        sender.reserve([1])

    shown = control.show()
    assert account.asked == 1
    assert shown is not None
    assert shown[1].paused_by is Pauser.OPERATOR


def test_an_account_that_does_not_answer_changes_nothing(
    table: RateTable, account: Account, now: list[int]
) -> None:
    sender = a_sender(table, account, now)
    sender.reserve([1])
    account.error = ReadTimeoutError(endpoint_url="ses")

    lease = sender.reserve([1])

    assert (account.asked, lease.rate) == (1, RATE)


def test_a_follower_cools_down_too(table: RateTable, account: Account, now: list[int]) -> None:
    sender = a_sender(table, account, now)
    lease = sender.reserve([1])
    sender.reserve([1])
    sold = sender.reserve([1]).end

    sender.cool_down()

    assert lease.end < sold
    assert sender.reserve([1]).start == sold + 250_000


@contextmanager
def ses(**account: object) -> Iterator[Any]:
    client = boto3.client("sesv2")
    with Stubber(client) as stubber:
        stubber.add_response("get_account", account)
        yield client


QUOTA = {"Max24HourSend": 50_000.0, "MaxSendRate": 14.5, "SentLast24Hours": 49_999.0}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param({"SendQuota": QUOTA, "SendingEnabled": True}, True, id="well"),
        pytest.param(
            {"SendQuota": {**QUOTA, "SentLast24Hours": 50_000.0}}, False, id="quota-used-up"
        ),
        pytest.param(
            {"SendQuota": {**QUOTA, "Max24HourSend": -1.0, "SentLast24Hours": 1e9}},
            True,
            id="quota-unlimited",
        ),
        pytest.param({"SendQuota": QUOTA, "SendingEnabled": False}, False, id="disabled"),
        pytest.param({"SendQuota": QUOTA, "EnforcementStatus": "SHUTDOWN"}, False, id="shutdown"),
        pytest.param({"SendQuota": QUOTA, "EnforcementStatus": "PROBATION"}, True, id="probation"),
    ],
)
def test_what_ses_says_decides_whether_we_may_send(
    answer: dict[str, object], expected: bool
) -> None:
    with ses(**answer) as client:
        account = ses_account(client)

    assert account == SendingAccount(14_500, may_send=expected)


def test_an_answer_without_a_quota_changes_no_rate() -> None:
    with ses(SendingEnabled=True) as client:
        account = ses_account(client)

    assert account == SendingAccount(0, may_send=True)
