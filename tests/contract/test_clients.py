from collections.abc import Callable
from typing import Any

import pytest

from message_tracker.core.aws import clients
from message_tracker.core.domain.pace import GRACE
from message_tracker.core.domain.slot import LOOK_AHEAD

FACTORIES: list[tuple[str, Callable[[], Any], int]] = [
    ("SESV2", lambda: clients.email_client(16), 1),
    ("PINPOINT_SMS_VOICE_V2", lambda: clients.text_client(16), 1),
    ("DYNAMODB", clients.limiter_client, 1),
    ("DYNAMODB", clients.look_client, 1),
    ("SQS", clients.queue_client, 3),
    ("S3", clients.object_client, 3),
    ("SECRETS_MANAGER", clients.secret_client, 3),
]


@pytest.mark.parametrize(("service", "factory", "attempts"), FACTORIES)
def test_only_what_may_be_done_twice_is_retried_by_the_sdk(
    service: str, factory: Callable[[], Any], attempts: int
) -> None:
    assert factory().meta.config.retries["total_max_attempts"] == attempts


@pytest.mark.parametrize(("service", "factory", "attempts"), FACTORIES)
def test_every_client_honors_the_endpoint_variable_of_its_service(
    monkeypatch: pytest.MonkeyPatch, service: str, factory: Callable[[], Any], attempts: int
) -> None:
    monkeypatch.setenv(f"AWS_ENDPOINT_URL_{service}", "http://127.0.0.1:4566")

    assert factory().meta.endpoint_url == "http://127.0.0.1:4566"


def test_who_looks_at_a_lease_has_its_answer_before_the_start_or_none() -> None:
    config: Any = clients.look_client().meta.config

    assert config.read_timeout * 1_000_000 < LOOK_AHEAD
    assert (config.connect_timeout + config.read_timeout) * 1_000_000 < LOOK_AHEAD + GRACE


def test_a_client_is_made_once() -> None:
    assert clients.queue_client() is clients.queue_client()


def test_a_provider_client_keeps_a_connection_for_every_call_at_a_time() -> None:
    config: Any = clients.email_client(48).meta.config

    assert config.max_pool_connections == 48
    assert (config.connect_timeout, config.read_timeout) == (1, 10)
