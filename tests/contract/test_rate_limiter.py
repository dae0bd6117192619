from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError, ReadTimeoutError
from botocore.stub import Stubber
from moto.dynamodb.responses import DynamoHandler

from message_tracker.core.aws.clients import limiter_client
from message_tracker.core.aws.rate_control import RateControl
from message_tracker.core.aws.rate_limiter import SlotLimiter
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.domain.errors import SoldOut, Throttled, Unavailable
from message_tracker.core.domain.pace import GRACE, PACED, Pace, RateMode, cost, pace_of
from message_tracker.core.domain.slot import CREATION_GUARD, Lease, Terms
from message_tracker.core.ports import RateLimiter
from tests.fakes import FakeRateLimiter

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

TABLE = "limiter"
KEY = "sms#account"
RATE = 45_000


class Clock:
    """µs since the epoch; it stands still until told otherwise."""

    def __init__(self) -> None:
        self.now = 1_750_000_000_000_000

    def __call__(self) -> int:
        return self.now

    def pass_(self, microseconds: int) -> None:
        self.now += microseconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def atomic_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One write at a time, as DynamoDB does with an item; moto leaves that to its caller."""
    lock = Lock()
    for name in ("put_item", "update_item"):
        monkeypatch.setattr(DynamoHandler, name, one_at_a_time(DynamoHandler, name, lock))


def one_at_a_time(handler: type, name: str, lock: Lock) -> Callable[..., object]:
    write = getattr(handler, name)

    def locked(*args: object, **kwargs: object) -> object:
        with lock:
            return write(*args, **kwargs)

    return locked


@pytest.fixture
def dynamodb(aws: None, atomic_writes: None) -> "DynamoDBClient":
    boto3.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return limiter_client()


@pytest.fixture
def sleeps() -> list[float]:
    return []


@pytest.fixture
def slot_limiter(dynamodb: "DynamoDBClient", clock: Clock, sleeps: list[float]) -> SlotLimiter:
    return a_limiter(dynamodb, clock, sleeps)


@pytest.fixture
def control(dynamodb: "DynamoDBClient", clock: Clock) -> RateControl:
    return RateControl(RateTable(dynamodb, TABLE, KEY), clock, largest=10)


@pytest.fixture(params=["fake", "dynamodb"])
def limiter(request: pytest.FixtureRequest, clock: Clock) -> RateLimiter:
    if request.param == "fake":
        return FakeRateLimiter(rate=RATE, clock=clock)
    slot_limiter: SlotLimiter = request.getfixturevalue("slot_limiter")
    return slot_limiter


def items(client: "DynamoDBClient") -> list[Any]:
    return client.scan(TableName=TABLE)["Items"]


def a_limiter(
    client: "DynamoDBClient",
    clock: Clock,
    sleeps: list[float] | None = None,
    rate: int = RATE,
    pace: Pace = PACED,
) -> SlotLimiter:
    slept: list[float] = [] if sleeps is None else sleeps
    return SlotLimiter(RateTable(client, TABLE, KEY, sleep=slept.append), rate, clock, pace)


def put_rate(client: "DynamoDBClient", rate: int, generation: int) -> None:
    client.update_item(
        TableName=TABLE,
        Key={"pk": {"S": KEY}},
        UpdateExpression="SET #rate = :rate, gen = :gen",
        ExpressionAttributeNames={"#rate": "rate"},
        ExpressionAttributeValues={":rate": {"N": str(rate)}, ":gen": {"N": str(generation)}},
    )


def after(
    client: "DynamoDBClient",
    operation: str,
    act: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Do the client's next such operation, then `act` (which may raise) before it is answered."""
    original = getattr(client, operation)
    acts = [act]

    def call(**parameters: object) -> object:
        response = original(**parameters)
        if acts:
            acts.pop()()
        return response

    monkeypatch.setattr(client, operation, call)


def lose_the_answer() -> None:
    raise ReadTimeoutError(endpoint_url="dynamodb")


def test_leases_follow_one_another(limiter: RateLimiter) -> None:
    first = limiter.reserve([9])
    second = limiter.reserve([1])

    assert (len(first.slots), first.rate) == (1, RATE)
    assert second.start == first.start + 200_000


def test_a_lease_never_starts_in_the_past_of_an_idle_timeline(
    limiter: RateLimiter, clock: Clock
) -> None:
    limiter.reserve([9])
    clock.pass_(60_000_000)

    lease = limiter.reserve([9])

    assert lease.start == clock.now


def test_leases_of_many_threads_are_disjoint(limiter: RateLimiter) -> None:
    with ThreadPoolExecutor(16) as pool:
        leases = list(pool.map(limiter.reserve, [[3], [1], [10], [2]] * 16))

    in_order = sorted(leases, key=lambda lease: lease.start)
    assert all(earlier.end <= later.start for earlier, later in pairwise(in_order))


def test_leases_of_many_processes_are_disjoint(dynamodb: "DynamoDBClient", clock: Clock) -> None:
    limiters = [a_limiter(dynamodb, clock) for _ in range(16)]

    def reserve(limiter: SlotLimiter) -> list[Lease]:
        return [limiter.reserve([5]) for _ in range(4)]

    with ThreadPoolExecutor(16) as pool:
        leases = [lease for sold in pool.map(reserve, limiters) for lease in sold]

    starts = sorted(lease.start for lease in leases)
    assert starts == [
        clock.now + CREATION_GUARD + cost(5, RATE) * number for number in range(len(leases))
    ]


def test_a_lease_has_a_slot_for_each_message(limiter: RateLimiter) -> None:
    lease = limiter.reserve([9, 18, 18])

    assert lease.slots == (lease.start, lease.start + 200_000, lease.start + 600_000)
    assert lease.end == lease.start + 1_000_000


def test_who_looks_less_far_is_told_to_hold(limiter: RateLimiter, clock: Clock) -> None:
    lease = limiter.reserve([45])
    terms = Terms(horizon=300_000)

    with pytest.raises(SoldOut) as refused:
        limiter.reserve([1], terms)

    assert refused.value.wait == lease.end - clock.now - 300_000
    clock.pass_(refused.value.wait or 0)
    assert limiter.reserve([1], terms).start == lease.end


def test_a_lease_that_would_outlast_its_buyer_costs_nothing(
    limiter: RateLimiter, clock: Clock
) -> None:
    lease = limiter.reserve([45])
    in_time = Terms(end_by=lease.end + 200_000)

    with pytest.raises(SoldOut) as refused:
        limiter.reserve([10], in_time)

    assert refused.value.wait is None
    assert limiter.reserve([9], in_time).start == lease.end


def test_a_lease_is_valid_until_the_rate_changes(
    limiter: RateLimiter, request: pytest.FixtureRequest
) -> None:
    lease = limiter.reserve([1])
    before = limiter.still_valid(lease)

    change_rate(limiter, request, 20_000)

    assert before
    assert not limiter.still_valid(lease)
    assert limiter.still_valid(limiter.reserve([1]))


def test_a_changed_rate_takes_back_what_was_sold_far_ahead(
    limiter: RateLimiter, request: pytest.FixtureRequest, clock: Clock
) -> None:
    for _ in range(10):
        limiter.reserve([45])

    change_rate(limiter, request, 20_000)

    lease = limiter.reserve([20])
    assert (lease.rate, lease.end - lease.start) == (20_000, 1_000_000)
    assert lease.start == clock.now + CREATION_GUARD


def change_rate(limiter: RateLimiter, request: pytest.FixtureRequest, rate: int) -> None:
    if isinstance(limiter, FakeRateLimiter):
        limiter.change_rate(rate)
    else:
        request.getfixturevalue("control").change(lambda setting: setting.set_by_hand(rate))


def test_a_lease_of_a_lost_timeline_is_void(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient"
) -> None:
    lease = slot_limiter.reserve([1])
    dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": KEY}})

    assert not slot_limiter.still_valid(lease)


@pytest.mark.parametrize("error", [ReadTimeoutError(endpoint_url="x"), NoCredentialsError()])
def test_a_lease_that_cannot_be_looked_at_again_is_kept(
    slot_limiter: SlotLimiter,
    dynamodb: "DynamoDBClient",
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
) -> None:
    lease = slot_limiter.reserve([1])

    def fail() -> None:
        raise error

    after(dynamodb, "get_item", fail, monkeypatch)

    assert slot_limiter.still_valid(lease)


def test_a_lease_is_looked_at_by_the_client_that_does_not_wait(
    dynamodb: "DynamoDBClient", clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_client = limiter_client.__wrapped__()
    table = RateTable(dynamodb, TABLE, KEY, look_client=look_client)
    limiter = SlotLimiter(table, RATE, clock)
    lease = limiter.reserve([1])
    reads: list[str] = []
    after(look_client, "get_item", lambda: reads.append("look"), monkeypatch)
    after(dynamodb, "get_item", lambda: reads.append("read"), monkeypatch)

    assert limiter.still_valid(lease)
    assert reads == ["look"]


def test_a_cool_down_leaves_a_quarter_of_a_second_unsold(slot_limiter: SlotLimiter) -> None:
    lease = slot_limiter.reserve([9])

    slot_limiter.cool_down()

    assert slot_limiter.reserve([9]).start == lease.end + 250_000


def test_a_cool_down_that_fails_is_no_failure(slot_limiter: SlotLimiter) -> None:
    slot_limiter.cool_down()  # there is no timeline yet

    assert slot_limiter.reserve([9]).rate == RATE


def test_a_strict_lease_starts_late_enough_for_what_comes_before_it(
    dynamodb: "DynamoDBClient", clock: Clock
) -> None:
    limiter = a_limiter(dynamodb, clock, pace=pace_of(RateMode.STRICT, 10))
    first = limiter.reserve([9])
    clock.now = first.end

    lease = limiter.reserve([9])

    assert first.end < clock.now + 60_000 == lease.start
    assert lease.grace < GRACE


def test_a_new_configured_rate_is_applied_once(
    slot_limiter: SlotLimiter,
    dynamodb: "DynamoDBClient",
    clock: Clock,
    control: RateControl,
) -> None:
    slot_limiter.reserve([1])
    control.change(lambda setting: setting.set_by_hand(20_000))

    deployed = a_limiter(dynamodb, clock, rate=60_000).reserve([1])
    control.change(lambda setting: setting.set_by_hand(30_000))
    again = a_limiter(dynamodb, clock, rate=60_000).reserve([1])
    old_process = slot_limiter.reserve([1])

    assert [60_000, 30_000, 30_000] == [deployed.rate, again.rate, old_process.rate]


def test_the_timeline_is_created_from_the_configured_rate_behind_a_guard(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient", clock: Clock
) -> None:
    lease = slot_limiter.reserve([9])

    assert lease.start == clock.now + CREATION_GUARD
    [item] = items(dynamodb)
    assert item["tat"] == {"N": str(lease.end)}
    assert item["rate"] == {"N": "45000"}


def test_the_rate_of_the_item_is_the_truth(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient"
) -> None:
    slot_limiter.reserve([1])
    put_rate(dynamodb, 20_000, generation=2)

    lease = slot_limiter.reserve([1])

    assert lease.rate == 20_000


def test_timelines_of_other_keys_are_apart(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient", clock: Clock
) -> None:
    slot_limiter.reserve([45])

    other = SlotLimiter(RateTable(dynamodb, TABLE, "ses#account"), 14_000, clock, largest=1)

    lease = other.reserve([1] * 14)

    assert lease.start == clock.now + CREATION_GUARD


def test_a_paused_limiter_sells_nothing_until_it_is_resumed(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient"
) -> None:
    slot_limiter.reserve([1])
    put_rate(dynamodb, 0, generation=2)

    for _ in range(2):
        with pytest.raises(Throttled, match="paused"):
            slot_limiter.reserve([1])

    put_rate(dynamodb, RATE, generation=3)
    assert slot_limiter.reserve([1]).rate == RATE


def test_a_reservation_whose_answer_was_lost_is_found_again(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    before = slot_limiter.reserve([9])
    after(dynamodb, "update_item", lose_the_answer, monkeypatch)

    lease = slot_limiter.reserve([9])

    assert lease.start == before.end
    assert slot_limiter.reserve([1]).start == lease.end


def test_a_reservation_overtaken_after_its_answer_was_lost_costs_only_capacity(
    slot_limiter: SlotLimiter,
    dynamodb: "DynamoDBClient",
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slot_limiter.reserve([9])
    other = a_limiter(limiter_client.__wrapped__(), clock)
    overtaking: list[Lease] = []

    def be_overtaken() -> None:
        overtaking.append(other.reserve([9]))
        lose_the_answer()

    after(dynamodb, "update_item", be_overtaken, monkeypatch)

    lease = slot_limiter.reserve([9])

    assert lease.start == overtaking[0].end


def test_a_timeline_that_was_deleted_is_created_anew_behind_a_guard(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient", clock: Clock
) -> None:
    slot_limiter.reserve([9])
    clock.pass_(500_000)
    dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": KEY}})

    lease = slot_limiter.reserve([9])

    assert lease.start == clock.now + CREATION_GUARD


def test_of_two_that_create_the_timeline_the_second_takes_over_the_first_ones(
    slot_limiter: SlotLimiter,
    dynamodb: "DynamoDBClient",
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = a_limiter(limiter_client.__wrapped__(), clock)
    sold: list[Lease] = []
    after(dynamodb, "get_item", lambda: sold.append(other.reserve([9])), monkeypatch)

    lease = slot_limiter.reserve([9])

    assert lease.start == sold[0].end


def test_a_backlog_costs_one_write_per_lease_from_the_second_on(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    slot_limiter.reserve([45])
    calls: list[str] = []
    dynamodb.meta.events.register(
        "before-call.dynamodb", lambda model, **_: calls.append(model.name)
    )

    for _ in range(10):
        slot_limiter.reserve([45])

    assert calls == ["UpdateItem"] * 10


def test_a_timeline_that_ended_within_the_grace_is_caught_up_with(
    slot_limiter: SlotLimiter, clock: Clock
) -> None:
    before = slot_limiter.reserve([9])
    clock.now = before.end + GRACE

    lease = slot_limiter.reserve([9])

    assert lease.start == before.end


def test_a_timeline_that_ended_before_the_grace_is_left_behind(
    slot_limiter: SlotLimiter, clock: Clock
) -> None:
    before = slot_limiter.reserve([9])
    clock.now = before.end + GRACE + 1

    lease = slot_limiter.reserve([9])

    assert lease.start == clock.now


def test_throttles_are_waited_out_with_growing_delays(clock: Clock, sleeps: list[float]) -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stubber:
        for _ in range(7):
            stubber.add_client_error("get_item", "ThrottlingException")
        stubber.add_response("get_item", {"Item": an_item(clock.now + 1_000_000)})
        stubber.add_response("update_item", {"Attributes": an_item(clock.now + 1_200_000)})

        lease = a_limiter(client, clock, sleeps).reserve([9])

    assert lease.start == clock.now + 1_000_000
    assert len(sleeps) == 7
    assert all(s <= min(1, 0.025 * 2**k) for k, s in enumerate(sleeps))


def test_a_throttled_write_is_tried_again(clock: Clock, sleeps: list[float]) -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stubber:
        stubber.add_response("get_item", {"Item": an_item(clock.now)})
        stubber.add_client_error("update_item", "ProvisionedThroughputExceededException")
        stubber.add_response("update_item", {"Attributes": an_item(clock.now + 200_000)})

        lease = a_limiter(client, clock, sleeps).reserve([9])

    assert lease.start == clock.now
    assert len(sleeps) == 1


def test_an_item_that_vanishes_while_it_is_looked_for_is_looked_for_again(clock: Clock) -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stubber:
        stubber.add_response("get_item", {})
        stubber.add_client_error("put_item", "ConditionalCheckFailedException")
        stubber.add_response("get_item", {"Item": an_item(clock.now)})
        stubber.add_response("update_item", {"Attributes": an_item(clock.now + 200_000)})

        lease = a_limiter(client, clock).reserve([9])

    assert lease.start == clock.now


def test_a_limiter_that_never_answers_is_unavailable_after_eight_tries(
    clock: Clock, sleeps: list[float]
) -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stubber:
        for _ in range(8):
            stubber.add_client_error("get_item", "InternalServerError")

        with pytest.raises(Unavailable, match="limiter: InternalServerError"):
            a_limiter(client, clock, sleeps).reserve([9])

        stubber.assert_no_pending_responses()
    assert len(sleeps) == 7


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException"])
def test_what_no_waiting_cures_is_unavailable_at_once(
    clock: Clock, sleeps: list[float], code: str
) -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stubber:
        stubber.add_client_error("get_item", code)

        with pytest.raises(Unavailable, match=code):
            a_limiter(client, clock, sleeps).reserve([9])

    assert sleeps == []


def test_a_limiter_without_credentials_is_unavailable(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise NoCredentialsError

    after(dynamodb, "get_item", refuse, monkeypatch)

    with pytest.raises(Unavailable, match="NoCredentialsError"):
        slot_limiter.reserve([1])


def test_an_item_that_never_meets_its_conditions_is_given_up(clock: Clock) -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stubber:
        stubber.add_response("get_item", {"Item": an_item(clock.now)})
        for _ in range(63):
            stubber.add_client_error(
                "update_item",
                "ConditionalCheckFailedException",
                modeled_fields={"Item": an_item(clock.now)},
            )

        with pytest.raises(Unavailable, match="never met its own conditions"):
            a_limiter(client, clock).reserve([9])


def test_an_item_that_is_no_timeline_is_named_with_the_remedy(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient"
) -> None:
    dynamodb.put_item(TableName=TABLE, Item={"pk": {"S": KEY}, "tat": {"N": "1"}})

    with pytest.raises(Unavailable, match="delete it"):
        slot_limiter.reserve([1])


def test_a_timeline_that_was_spoiled_is_named_with_the_remedy(
    slot_limiter: SlotLimiter, dynamodb: "DynamoDBClient", clock: Clock
) -> None:
    lease = slot_limiter.reserve([1])
    spoiled = {**an_item(clock.now), "gen": {"S": "seven"}}
    dynamodb.put_item(TableName=TABLE, Item=spoiled)

    with pytest.raises(Unavailable, match="delete it"):
        slot_limiter.reserve([1])

    assert slot_limiter.still_valid(lease)


def test_every_modeled_error_that_may_pass_is_waited_out(clock: Clock, sleeps: list[float]) -> None:
    client = boto3.client("dynamodb")
    modeled = {
        shape.name
        for operation in ("GetItem", "PutItem", "UpdateItem")
        for shape in client.meta.service_model.operation_model(operation).error_shapes
    }
    final = {
        "ConditionalCheckFailedException",
        "ItemCollectionSizeLimitExceededException",
        "ResourceNotFoundException",
    }

    for code in sorted(modeled - final):
        with Stubber(client) as stubber:
            stubber.add_client_error("get_item", code)
            stubber.add_response("get_item", {"Item": an_item(clock.now)})
            stubber.add_response("update_item", {"Attributes": an_item(clock.now + 200_000)})
            a_limiter(client, clock, sleeps).reserve([9])

    assert len(sleeps) == len(modeled - final)


def test_a_fake_can_be_made_to_fail() -> None:
    with pytest.raises(Unavailable):
        FakeRateLimiter(error=Unavailable("down")).reserve([1])


def an_item(sold_until: int) -> dict[str, Any]:
    return {
        "pk": {"S": KEY},
        "tat": {"N": str(sold_until)},
        "rate": {"N": str(RATE)},
        "gen": {"N": "7"},
        "rid": {"S": "other"},
        "configured_rate": {"N": str(RATE)},
        "hand_rate": {"N": "0"},
        "account_rate": {"N": "0"},
        "paused_by": {"S": ""},
    }
