"""The importer's own wiring: from its environment to a run with time to spare."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import cast
from unittest.mock import Mock

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from message_tracker.api.importer import handler
from message_tracker.core.aws import clients

ENVIRONMENT = {
    "MT_STAGE": "test",
    "MT_DATABASE_URL": "postgresql://127.0.0.1:1/none",
    "MT_EMAIL_QUEUE_URL": "https://sqs.invalid/email",
    "MT_EMAIL_BULK_QUEUE_URL": "https://sqs.invalid/email-bulk",
    "MT_TEXT_QUEUE_URL": "https://sqs.invalid/text",
    "MT_TEXT_BULK_QUEUE_URL": "https://sqs.invalid/text-bulk",
    "MT_IMPORT_QUEUE_URL": "https://sqs.invalid/import",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "made-up",
    "AWS_SECRET_ACCESS_KEY": "made-up",
}


def _forget() -> None:
    for factory in (handler.importer, clients.queue_client, clients.object_client):
        factory.cache_clear()


@pytest.fixture(autouse=True)
def fresh_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A Lambda environment that has worked on nothing yet."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    _forget()
    yield
    _forget()


def test_it_stops_a_minute_before_its_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    importer = Mock(**{"run.return_value": 7})
    monkeypatch.setattr(handler, "importer", Mock(return_value=importer))
    context = Mock(spec=LambdaContext)
    context.get_remaining_time_in_millis.return_value = 900_000
    context.function_name = "importer"

    counts = handler.handler({}, cast("LambdaContext", context))

    assert counts == {"MessagesImported": 7}
    (deadline,) = importer.run.call_args.args
    left = deadline - datetime.now(UTC)
    assert timedelta(seconds=830) < left < timedelta(seconds=841)


def test_it_is_built_once_from_its_environment() -> None:
    assert handler.importer() is handler.importer()
