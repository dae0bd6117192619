"""One local stack for all end-to-end tests."""

from collections.abc import Iterator

import boto3
import pytest

from message_tracker.local.clients import client_options
from message_tracker.local.settings import LocalSettings
from message_tracker.local.stack import LocalStack, local_stack
from message_tracker.local.twin.weather import Weather
from tests import postgres
from tests.running_stack import RunningStack


@pytest.fixture(scope="session")
def stack(postgres_url: str) -> Iterator[RunningStack]:
    """The local stack, with a database of its own; no function was refused what it needs."""
    with (
        postgres.fresh_database(postgres_url) as database_url,
        local_stack(LocalSettings(database_url=database_url), print) as running,
    ):
        yield RunningStack(running)
        assert [] == running.emulator.denials()
        delete_stack(running)


def delete_stack(running: LocalStack) -> None:
    """Delete the deployed stack, as whoever is done with a stage does: nothing of it stays."""
    options = client_options(running.emulator.endpoint_url)
    cloudformation = boto3.client("cloudformation", **options)
    cloudformation.delete_stack(StackName="message-tracker-local")
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName="message-tracker-local", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    assert [] == boto3.client("lambda", **options).list_functions()["Functions"]


@pytest.fixture(autouse=True)
def fair_weather(stack: RunningStack) -> Iterator[None]:
    """Leave the provider as it was found."""
    yield
    stack.stack.twin.weather = Weather()
