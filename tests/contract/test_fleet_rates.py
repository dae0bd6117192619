"""The rates in force, as the limiter's table has them; an estimate never fails for want of them."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ReadTimeoutError

from message_tracker.core.aws.clients import limiter_client
from message_tracker.core.aws.fleet_rates import FleetRates
from message_tracker.core.aws.rate_control import RateControl
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.domain.message import Channel
from message_tracker.core.domain.rate import TIMELINES, RateSetting

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient

CONFIGURED = {Channel.EMAIL: 14.0, Channel.TEXT: 45.0}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2030, 1, 31, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def client(aws: None) -> "DynamoDBClient":
    boto3.client("dynamodb").create_table(
        TableName="limiter",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return limiter_client()


@pytest.fixture
def tables(client: "DynamoDBClient") -> dict[Channel, RateTable]:
    return {channel: RateTable(client, "limiter", key) for channel, key in TIMELINES.items()}


def test_before_the_first_sender_they_are_those_configured(
    tables: dict[Channel, RateTable],
) -> None:
    assert FleetRates(tables, CONFIGURED, Clock()).in_force() == CONFIGURED


def test_they_are_those_in_force_and_nothing_while_paused(
    tables: dict[Channel, RateTable],
) -> None:
    clock = Clock()
    rates = FleetRates(tables, CONFIGURED, clock)
    for channel, table in tables.items():
        RateControl(table, lambda: 1, largest=1).create(RateSetting(10_000 + len(channel)))

    first = rates.in_force()
    RateControl(tables[Channel.TEXT], lambda: 2, largest=1).change(RateSetting.pause)

    assert first == {Channel.EMAIL: 10.005, Channel.TEXT: 10.004}
    assert rates.in_force() == first
    clock.now += timedelta(seconds=10)
    assert rates.in_force() == {Channel.EMAIL: 10.005, Channel.TEXT: 0}


def test_while_the_table_does_not_answer_they_are_those_configured(
    tables: dict[Channel, RateTable], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_self: RateTable) -> None:
        raise ReadTimeoutError(endpoint_url="limiter")

    monkeypatch.setattr(RateTable, "look", fail)

    assert FleetRates(tables, CONFIGURED, Clock()).in_force() == CONFIGURED
