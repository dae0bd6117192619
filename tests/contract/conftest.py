"""AWS in this process (moto), and a provider on loopback for what moto does not imitate."""

from collections.abc import Iterator

import pytest
from moto import mock_aws

from message_tracker.core.aws import clients
from tests.contract.provider_stub import ProviderStub

_FACTORIES = (
    clients.email_client,
    clients.text_client,
    clients.email_list_client,
    clients.text_list_client,
    clients.limiter_client,
    clients.look_client,
    clients.queue_client,
    clients.object_client,
    clients.metrics_client,
    clients.secret_client,
    clients.notification_client,
)


@pytest.fixture(autouse=True)
def fresh_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    """Made-up credentials, and no client of another test."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for factory in _FACTORIES:
        factory.cache_clear()


@pytest.fixture
def aws() -> Iterator[None]:
    """An empty AWS account in this process."""
    with mock_aws():
        yield


@pytest.fixture
def provider() -> Iterator[ProviderStub]:
    """A provider on loopback that answers as told."""
    with ProviderStub() as stub:
        yield stub
