"""The Lambda's own wiring: from its environment to an answer."""

from collections.abc import Iterator
from typing import cast
from unittest.mock import Mock

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.api import handler
from message_tracker.core.aws import clients
from message_tracker.core.domain.message import Channel
from tests.http_api import http_event

ENVIRONMENT = {
    "MT_STAGE": "test",
    "MT_EMAIL_QUEUE_URL": "https://sqs.invalid/email",
    "MT_EMAIL_BULK_QUEUE_URL": "https://sqs.invalid/email-bulk",
    "MT_TEXT_QUEUE_URL": "https://sqs.invalid/text",
    "MT_TEXT_BULK_QUEUE_URL": "https://sqs.invalid/text-bulk",
    "MT_IMPORT_QUEUE_URL": "https://sqs.invalid/import",
    "MT_LIMITER_TABLE": "limiter",
    "MT_REPORT_BUCKET": "archive",
    "MT_EVENT_QUEUE_URL": "https://sqs.invalid/event",
    "MT_WEBHOOK_QUEUE_URL": "https://sqs.invalid/webhook",
    "MT_WEBHOOK_KEY_SECRET_ARN": "arn:key",
    "MT_SNS_TOPIC_ARNS": "arn:aws:sns:eu-west-1:123456789012:events",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
}


def _forget() -> None:
    if handler._database.cache_info().currsize:
        handler._database().close()
    for factory in (
        handler._api,
        handler._database,
        clients.queue_client,
        clients.object_client,
        clients.look_client,
    ):
        factory.cache_clear()


@pytest.fixture(autouse=True)
def fresh_environment() -> Iterator[None]:
    """A Lambda environment that has served nothing yet."""
    _forget()
    yield
    _forget()


def test_the_handler_builds_itself_from_its_environment(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    for name, value in {**ENVIRONMENT, "MT_DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    context = cast("LambdaContext", Mock(spec=LambdaContext))

    answer = handler.handler(http_event("GET", "/health"), context)

    assert answer["statusCode"] == 200


def test_a_post_to_the_sns_route_is_refused_without_asking_anybody(
    monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    for name, value in {**ENVIRONMENT, "MT_DATABASE_URL": database_url}.items():
        monkeypatch.setenv(name, value)
    context = cast("LambdaContext", Mock(spec=LambdaContext))

    answer = handler.handler(http_event("POST", "/events/sns", body="{}"), context)

    assert answer["statusCode"] == 403


@pytest.mark.parametrize("channel", Channel)
def test_the_handler_builds_itself_without_anything_of_a_channel_that_is_off(
    monkeypatch: pytest.MonkeyPatch, database_url: str, channel: Channel
) -> None:
    kept = {
        name: value
        for name, value in ENVIRONMENT.items()
        if not name.startswith(f"MT_{channel.upper()}_")
    }
    (other,) = set(Channel) - {channel}
    for name, value in {**kept, "MT_DATABASE_URL": database_url, "MT_CHANNELS": other}.items():
        monkeypatch.setenv(name, value)
    context = cast("LambdaContext", Mock(spec=LambdaContext))

    answer = handler.handler(http_event("GET", "/health"), context)

    assert answer["statusCode"] == 200
