"""An operator's commands at a limiter's table."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner

from message_tracker.cli.main import program
from message_tracker.core.aws import clients
from message_tracker.core.aws.rate_limiter import SlotLimiter
from message_tracker.core.aws.rate_table import RateTable
from message_tracker.core.domain.errors import Throttled

NOW = 1_750_000_000_000_000


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("MT_LIMITER_TABLE", "limiter")
    clients.limiter_client.cache_clear()
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="limiter",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield
    clients.limiter_client.cache_clear()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(program, ["rate", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


def a_sender(key: str = "sms#account", rate: int = 45_000) -> SlotLimiter:
    return SlotLimiter(RateTable(clients.limiter_client(), "limiter", key), rate, lambda: NOW)


def test_before_a_sender_ran_there_is_no_rate_to_show() -> None:
    assert "no sender has run yet" in run("show")


def test_the_rate_in_force_is_shown_with_who_decided_it() -> None:
    a_sender().reserve([1])

    assert "text: sending, 45 segments/s (configured 45) sold 0.0 s ahead" == run("show")


def test_a_rate_is_set_for_all_senders() -> None:
    sender = a_sender()
    sender.reserve([1])

    said = run("set", "12.5")

    assert "text: sending, 12.5 segments/s (by hand 12.5, configured 45)" == said
    assert 12_500 == sender.reserve([1]).rate


def test_a_pause_and_a_resume_reach_the_senders() -> None:
    sender = a_sender()
    sender.reserve([1])

    paused = run("pause")

    assert "text: paused by operator, 45 segments/s (configured 45)" == paused
    with pytest.raises(Throttled):
        sender.reserve([1])
    assert "text: sending, 45 segments/s (configured 45)" == run("resume")
    assert 45_000 == sender.reserve([1]).rate


def test_a_channel_may_be_paused_before_it_was_ever_used() -> None:
    said = run("pause", "--channel", "email")

    assert "email: paused by operator, configured rate e-mails/s" == said
    with pytest.raises(Throttled):
        a_sender("ses#account", 14_000).reserve([1])


def test_the_channels_are_apart() -> None:
    run("pause", "--channel", "email")

    assert 45_000 == a_sender().reserve([1]).rate
